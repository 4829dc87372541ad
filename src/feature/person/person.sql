-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- person_get one
--   in person:person_id
--   out id:person_id name:text municipality:municipality_id? neighbourhood:neighbourhood_id?
--       municipality_name:text? neighbourhood_name:text? language:text created_at:instant
SELECT p.id, p.name, p.municipality, p.neighbourhood, m.name, n.name, p.language, p.created_at
FROM person p
  LEFT JOIN municipality m ON m.id = p.municipality
  LEFT JOIN neighbourhood n ON n.id = p.neighbourhood
WHERE p.id = :person;

-- person_insert run
--   in id:person_id name:text municipality:municipality_id? neighbourhood:neighbourhood_id?
--      language:text birth_month:int? now:instant
INSERT INTO person (id, name, municipality, neighbourhood, language, birth_month, created_at)
VALUES (:id, :name, :municipality, :neighbourhood, :language, :birth_month, :now);

-- person_holder_insert run
--   in person:person_id holder:holder_id
INSERT INTO person_holder (person, holder) VALUES (:person, :holder);

-- person_holder_get one
--   in person:person_id
--   out holder:holder_id
SELECT holder FROM person_holder WHERE person = :person;

-- person_grant_insert count
--   in person:person_id role:int scope:any_id now:instant
INSERT INTO role_grant (person, role, scope, granted_at) VALUES (:person, :role, :scope, :now)
ON CONFLICT DO NOTHING;

-- person_grants many 16
--   in person:person_id
--   out role:int scope:any_id scope_name:text?
SELECT g.role, g.scope, COALESCE(m.name, s.name)
FROM role_grant g
  LEFT JOIN municipality m ON m.id = g.scope
  LEFT JOIN shop s ON s.id = g.scope
WHERE g.person = :person
ORDER BY g.role, g.scope LIMIT 16;

-- person_update run
--   in person:person_id municipality:municipality_id? neighbourhood:neighbourhood_id? language:text
UPDATE person SET municipality = :municipality, neighbourhood = :neighbourhood,
  language = :language
WHERE id = :person;

-- person_link_get maybe
--   in token_hash:bytes now:instant
--   out person:person_id name:text
SELECT l.person, p.name
FROM sign_in_link l JOIN person p ON p.id = l.person
WHERE l.token_hash = :token_hash AND l.used_at IS NULL AND l.expires_at > :now;

-- person_demo_put run
--   in name:text value:text
INSERT INTO setting (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;

-- '/' follows '.' in the C collation: all names that start with "demo.persona.".

-- person_demo_list many 50
--   out name:text value:text
SELECT name, value FROM setting
WHERE name > 'demo.persona.' AND name < 'demo.persona/'
ORDER BY name LIMIT 50;

-- person_demo_get maybe
--   in name:text
--   out value:text
SELECT value FROM setting WHERE name = :name;
