-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- claim_facts one lock
--   in task:task_id who:person_id
--   out task_state:int author:person_id places:int places_taken:int reward:coins issuer:issuer_id
--       claim_hours:int open_on_task:int done_on_task:int open_in_all:int
SELECT t.state, t.author, t.places, t.places_taken, t.reward, t.issuer, t.claim_hours,
  (SELECT count(*) FROM claim c
   WHERE c.person = :who AND c.task = t.id AND c.state IN (0, 1, 2)),
  (SELECT count(*) FROM claim c WHERE c.person = :who AND c.task = t.id AND c.state = 3),
  (SELECT count(*) FROM claim c WHERE c.person = :who AND c.state IN (0, 1, 2))
FROM task t WHERE t.id = :task AND t.state <> 4;

-- claim_insert run
--   in id:claim_id task:task_id person:person_id reward:coins issuer:issuer_id hold:hold_id
--      now:instant deadline_at:instant
INSERT INTO claim (id, task, person, state, reward, issuer, hold, claimed_at, deadline_at)
VALUES (:id, :task, :person, 0, :reward, :issuer, :hold, :now, :deadline_at);

-- claim_get one
--   in claim:claim_id
--   out id:claim_id task:task_id person:person_id person_name:text? state:int reward:coins
--       issuer:issuer_id brand_plural:text claimed_at:instant deadline_at:instant
--       submitted_at:instant? ended_at:instant? note:text minutes_worked:int? task_title:text
--       category:int neighbourhood_name:text municipality:municipality_id latitude:int longitude:int
SELECT c.id, c.task, c.person, p.name, c.state, c.reward, c.issuer, i.brand_plural,
  c.claimed_at, c.deadline_at, c.submitted_at, c.ended_at, c.note, c.minutes_worked, t.title,
  t.category, n.name, t.municipality, t.latitude, t.longitude
FROM claim c
  JOIN task t ON t.id = c.task
  JOIN neighbourhood n ON n.id = t.neighbourhood
  JOIN issuer i ON i.id = c.issuer
  LEFT JOIN person p ON p.id = c.person
WHERE c.id = :claim;

-- claim_list_own many 101
--   in person:person_id state:int before:claim_id rows_max:int
--   out like claim_get
SELECT c.id, c.task, c.person, p.name, c.state, c.reward, c.issuer, i.brand_plural,
  c.claimed_at, c.deadline_at, c.submitted_at, c.ended_at, c.note, c.minutes_worked, t.title,
  t.category, n.name, t.municipality, t.latitude, t.longitude
FROM claim c
  JOIN task t ON t.id = c.task
  JOIN neighbourhood n ON n.id = t.neighbourhood
  JOIN issuer i ON i.id = c.issuer
  LEFT JOIN person p ON p.id = c.person
WHERE c.person = :person AND c.id < :before AND (:state < 0 OR c.state = :state)
ORDER BY c.id DESC LIMIT :rows_max;

-- claim_end_facts one lock
--   in claim:claim_id
--   out id:claim_id task:task_id person:person_id state:int reward:coins issuer:issuer_id
--       hold:hold_id deadline_at:instant after_photos:int
SELECT c.id, c.task, c.person, c.state, c.reward, c.issuer, c.hold, c.deadline_at,
  (SELECT count(*) FROM evidence e WHERE e.claim = c.id AND e.moment = 1)
FROM claim c WHERE c.id = :claim;

-- claim_submit run
--   in claim:claim_id now:instant note:text minutes_worked:int?
UPDATE claim SET state = 1, submitted_at = :now, note = :note, minutes_worked = :minutes_worked
WHERE id = :claim;

-- claim_end run
--   in claim:claim_id state:int now:instant
UPDATE claim SET state = :state, ended_at = :now WHERE id = :claim;

-- claim_rework run
--   in claim:claim_id deadline_at:instant
UPDATE claim SET state = 2, deadline_at = :deadline_at WHERE id = :claim;

-- claim_due maybe
--   in now:instant passed:int
--   out id:claim_id
SELECT s.id FROM (
  SELECT a.id, a.deadline_at FROM (
    SELECT id, deadline_at FROM claim WHERE state = 0 AND deadline_at < :now
    ORDER BY deadline_at, id LIMIT :passed + 1) AS a
  UNION ALL
  SELECT b.id, b.deadline_at FROM (
    SELECT id, deadline_at FROM claim WHERE state = 2 AND deadline_at < :now
    ORDER BY deadline_at, id LIMIT :passed + 1) AS b
) AS s ORDER BY s.deadline_at, s.id LIMIT 1 OFFSET :passed;

-- The photos, the verdict that counts, and where it is belong to what the claimant sees of a claim.

-- claim_photos many 100
--   in claim:claim_id
--   out id:evidence_id moment:int width:int height:int added_at:instant
SELECT id, moment, width, height, added_at FROM evidence WHERE claim = :claim ORDER BY id LIMIT 100;

-- claim_verdict maybe
--   in claim:claim_id
--   out reason:text reviewed_at:instant
SELECT reason, reviewed_at FROM review WHERE claim = :claim AND state = 1
ORDER BY id DESC LIMIT 1;
