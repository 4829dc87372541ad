-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- home_counts one
--   out open_tasks:int done_tasks:int earned:coins shops:int
SELECT (SELECT COUNT(*) FROM task WHERE state = 1), c.done, c.earned,
  (SELECT COUNT(*) FROM shop WHERE state = 0)
FROM (
  SELECT COUNT(*) AS done, CAST(COALESCE(SUM(reward), 0) AS BIGINT) AS earned FROM claim WHERE state = 3
) AS c;

-- home_person one
--   in person:person_id
--   out name:text neighbourhood:neighbourhood_id? neighbourhood_name:text?
SELECT p.name, p.neighbourhood, n.name FROM person p
LEFT JOIN neighbourhood n ON n.id = p.neighbourhood WHERE p.id = :person;

-- home_tasks_near many 3
--   in neighbourhood:neighbourhood_id
--   out id:task_id title:text category:int minutes:int reward:coins places:int places_taken:int neighbourhood_name:text municipality_name:text brand_plural:text
SELECT t.id, t.title, t.category, t.minutes, t.reward, t.places, t.places_taken, n.name, m.name, i.brand_plural
FROM task t JOIN neighbourhood n ON n.id = t.neighbourhood JOIN municipality m ON m.id = t.municipality
JOIN issuer i ON i.id = t.issuer
WHERE t.neighbourhood = :neighbourhood AND t.state = 1
ORDER BY t.tools <> '', t.minutes, t.id LIMIT 3;

-- home_tasks_new many 3
--   out like home_tasks_near
SELECT t.id, t.title, t.category, t.minutes, t.reward, t.places, t.places_taken, n.name, m.name, i.brand_plural
FROM task t JOIN neighbourhood n ON n.id = t.neighbourhood JOIN municipality m ON m.id = t.municipality
JOIN issuer i ON i.id = t.issuer
WHERE t.state = 1
ORDER BY t.state, t.id DESC LIMIT 3;

-- home_claims many 3
--   in person:person_id
--   out id:claim_id title:text state:int deadline_at:instant reward:coins
SELECT c.id, t.title, c.state, c.deadline_at, c.reward
FROM claim c JOIN task t ON t.id = c.task
WHERE c.person = :person AND c.state IN (0, 1, 2) ORDER BY c.deadline_at, c.id LIMIT 3;

-- home_desk one
--   in municipality:municipality_id? person:person_id
--   out to_check:int drafts:int open_tasks:int payouts:int
SELECT
  (SELECT COUNT(*) FROM claim c JOIN task t ON t.id = c.task
    WHERE c.state = 1 AND c.person <> :person AND (:municipality IS NULL OR t.municipality = :municipality)
      AND NOT EXISTS (SELECT 1 FROM review r WHERE r.claim = c.id AND r.state = 0)),
  (SELECT COUNT(*) FROM task t WHERE t.state = 0 AND (:municipality IS NULL OR t.municipality = :municipality)),
  (SELECT COUNT(*) FROM task t WHERE t.state = 1 AND (:municipality IS NULL OR t.municipality = :municipality)),
  (SELECT COUNT(*) FROM payout p JOIN issuer i ON i.id = p.issuer
    WHERE p.state = 0 AND (:municipality IS NULL OR i.municipality = :municipality));
