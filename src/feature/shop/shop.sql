-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- shop_get one
--   in id:shop_id
--   out id:shop_id municipality:municipality_id municipality_name:text neighbourhood:neighbourhood_id neighbourhood_name:text holder:holder_id name:text category:int address:text latitude:int longitude:int public_service:bool state:int
SELECT s.id, s.municipality, m.name, s.neighbourhood, n.name, s.holder, s.name, s.category, s.address,
  s.latitude, s.longitude, s.public_service, s.state
FROM shop s JOIN municipality m ON m.id = s.municipality JOIN neighbourhood n ON n.id = s.neighbourhood
WHERE s.id = :id;

-- shop_all many 501
--   out like shop_get
SELECT s.id, s.municipality, m.name, s.neighbourhood, n.name, s.holder, s.name, s.category, s.address,
  s.latitude, s.longitude, s.public_service, s.state
FROM shop s JOIN municipality m ON m.id = s.municipality JOIN neighbourhood n ON n.id = s.neighbourhood
WHERE s.state = 0
ORDER BY s.name, s.id LIMIT 501;

-- shop_in_municipality many 501
--   in municipality:municipality_id
--   out like shop_get
SELECT s.id, s.municipality, m.name, s.neighbourhood, n.name, s.holder, s.name, s.category, s.address,
  s.latitude, s.longitude, s.public_service, s.state
FROM shop s JOIN municipality m ON m.id = s.municipality JOIN neighbourhood n ON n.id = s.neighbourhood
WHERE s.municipality = :municipality AND s.state = 0
ORDER BY s.name, s.id LIMIT 501;

-- shop_hours_of many 28
--   in shop:shop_id
--   out weekday:int opens:int closes:int
SELECT weekday, opens, closes FROM shop_hours WHERE shop = :shop ORDER BY weekday, opens;

-- shop_find maybe
--   in municipality:municipality_id name:text
--   out id:shop_id
SELECT id FROM shop WHERE municipality = :municipality AND name = :name;

-- shop_insert run
--   in id:shop_id municipality:municipality_id neighbourhood:neighbourhood_id holder:holder_id name:text category:int address:text latitude:int longitude:int public_service:bool account_name:text iban:text bic:text created_at:instant
INSERT INTO shop (id, municipality, neighbourhood, holder, name, category, address, latitude, longitude,
  public_service, state, account_name, iban, bic, created_at)
VALUES (:id, :municipality, :neighbourhood, :holder, :name, :category, :address, :latitude, :longitude,
  :public_service, 0, :account_name, :iban, :bic, :created_at);

-- shop_hours_insert run
--   in shop:shop_id weekday:int opens:int closes:int
INSERT INTO shop_hours (shop, weekday, opens, closes) VALUES (:shop, :weekday, :opens, :closes);
