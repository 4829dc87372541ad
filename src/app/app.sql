-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- app_person_named many 2
--   in name:text
--   out id:person_id name:text
SELECT id, name FROM person WHERE name = :name ORDER BY id LIMIT 2;

-- app_person_list each
--   out id:person_id name:text municipality:text? roles:int
SELECT p.id, p.name, m.name,
  (SELECT CAST(COALESCE(SUM(r.role), 0) AS BIGINT) FROM (SELECT DISTINCT role FROM role_grant g WHERE g.person = p.id) AS r)
FROM person p LEFT JOIN municipality m ON m.id = p.municipality ORDER BY p.name, p.id;

-- app_shop_named many 2
--   in name:text
--   out id:shop_id
SELECT id FROM shop WHERE name = :name ORDER BY id LIMIT 2;

-- app_batches many 50
--   out batch:any_id? municipality:municipality_id
SELECT batch, municipality FROM task WHERE state = 0 AND batch IS NOT NULL
GROUP BY batch, municipality ORDER BY municipality, batch LIMIT 50;

-- app_task_by_external maybe
--   in external_id:text
--   out id:task_id category:int minutes:int reward:coins
SELECT id, category, minutes, reward FROM task
WHERE external_id = :external_id AND state = 1 ORDER BY id LIMIT 1;

-- app_municipalities one
--   out count:int
SELECT count(*) FROM municipality;

-- app_person_by_id maybe
--   in id:person_id
--   out like app_person_named
SELECT id, name FROM person WHERE id = :id;

-- app_grants many 100
--   in person:person_id
--   out role:int scope:any_id
SELECT role, scope FROM role_grant WHERE person = :person ORDER BY role, scope LIMIT 100;

-- app_grants_remove count
--   in person:person_id role:int
DELETE FROM role_grant WHERE person = :person AND role = :role;

-- app_sessions_remove count
--   in person:person_id
DELETE FROM session WHERE person = :person;

-- app_links_remove count
--   in person:person_id
DELETE FROM sign_in_link WHERE person = :person AND used_at IS NULL;
