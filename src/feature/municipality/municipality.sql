-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- municipality_get one
--   in municipality:municipality_id
--   out id:municipality_id code:text name:text contact:text
SELECT id, code, name, contact FROM municipality WHERE id = :municipality;

-- municipality_by_code maybe
--   in code:text
--   out like municipality_get
SELECT id, code, name, contact FROM municipality WHERE code = :code;

-- municipality_list many 500
--   out like municipality_get
SELECT id, code, name, contact FROM municipality ORDER BY name, id;

-- municipality_insert run
--   in id:municipality_id code:text name:text contact:text
INSERT INTO municipality (id, code, name, contact) VALUES (:id, :code, :name, :contact)
ON CONFLICT (code) DO UPDATE SET name = excluded.name, contact = excluded.contact;

-- neighbourhood_get one
--   in neighbourhood:neighbourhood_id
--   out id:neighbourhood_id code:text name:text municipality:municipality_id
--       municipality_name:text latitude:int longitude:int
SELECT n.id, n.code, n.name, n.municipality, m.name, n.latitude, n.longitude
FROM neighbourhood n JOIN municipality m ON m.id = n.municipality
WHERE n.id = :neighbourhood;

-- neighbourhood_by_code maybe
--   in code:text
--   out like neighbourhood_get
SELECT n.id, n.code, n.name, n.municipality, m.name, n.latitude, n.longitude
FROM neighbourhood n JOIN municipality m ON m.id = n.municipality
WHERE n.code = :code;

-- neighbourhood_list many 500
--   out like neighbourhood_get
SELECT n.id, n.code, n.name, n.municipality, m.name, n.latitude, n.longitude
FROM neighbourhood n JOIN municipality m ON m.id = n.municipality
ORDER BY m.name, n.name, n.id LIMIT 500;

-- neighbourhood_list_of many 500
--   in municipality:municipality_id
--   out like neighbourhood_get
SELECT n.id, n.code, n.name, n.municipality, m.name, n.latitude, n.longitude
FROM neighbourhood n JOIN municipality m ON m.id = n.municipality
WHERE n.municipality = :municipality
ORDER BY n.name, n.id LIMIT 500;

-- neighbourhood_insert run
--   in id:neighbourhood_id municipality:municipality_id code:text name:text latitude:int longitude:int
INSERT INTO neighbourhood (id, municipality, code, name, latitude, longitude)
VALUES (:id, :municipality, :code, :name, :latitude, :longitude)
ON CONFLICT (code) DO UPDATE SET municipality = excluded.municipality, name = excluded.name,
  latitude = excluded.latitude, longitude = excluded.longitude;
