-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- review_facts one lock
--   in claim:claim_id
--   out claim_state:int claimant:person_id municipality:municipality_id author:person_id claim_hours:int
SELECT c.state, c.person, t.municipality, t.author, t.claim_hours
FROM claim c JOIN task t ON t.id = c.task WHERE c.id = :claim;

-- review_pending maybe
--   in claim:claim_id
--   out id:review_id
SELECT id FROM review WHERE claim = :claim AND state = 0 ORDER BY id DESC LIMIT 1;

-- review_insert run
--   in id:review_id claim:claim_id reviewer:person_id outcome:int reason:text reviewed_at:instant posts_at:instant deadline_at:instant?
INSERT INTO review (id, claim, reviewer, outcome, reason, state, reviewed_at, posts_at, deadline_at)
VALUES (:id, :claim, :reviewer, :outcome, :reason, 0, :reviewed_at, :posts_at, :deadline_at);

-- review_get one lock
--   in id:review_id
--   out id:review_id claim:claim_id reviewer:person_id outcome:int reason:text state:int reviewed_at:instant posts_at:instant deadline_at:instant?
SELECT id, claim, reviewer, outcome, reason, state, reviewed_at, posts_at, deadline_at
FROM review WHERE id = :id;

-- review_due maybe
--   in now:instant passed:int
--   out like review_get
SELECT id, claim, reviewer, outcome, reason, state, reviewed_at, posts_at, deadline_at
FROM review WHERE state = 0 AND posts_at <= :now ORDER BY posts_at, id
LIMIT 1 OFFSET :passed;

-- review_of_claim many 100
--   in claim:claim_id
--   out like review_get
SELECT id, claim, reviewer, outcome, reason, state, reviewed_at, posts_at, deadline_at
FROM review WHERE claim = :claim AND state <> 2 ORDER BY id DESC LIMIT 100;

-- review_set_state run
--   in id:review_id state:int
UPDATE review SET state = :state WHERE id = :id;

-- review_queue many 101
--   in municipality:municipality_id? reviewer:person_id after:claim_id limit:int
--   out claim:claim_id task:any_id title:text neighbourhood_name:text claimant_name:text? submitted_at:instant? reward:coins note:text minutes_worked:int? photos:int thumbnail:evidence_id?
SELECT c.id, t.id, t.title, n.name, p.name, c.submitted_at, c.reward, c.note, c.minutes_worked,
  (SELECT COUNT(*) FROM evidence e WHERE e.claim = c.id),
  (SELECT e.id FROM evidence e WHERE e.claim = c.id AND e.moment = 1 ORDER BY e.id DESC LIMIT 1)
FROM claim c JOIN task t ON t.id = c.task JOIN neighbourhood n ON n.id = t.neighbourhood
LEFT JOIN person p ON p.id = c.person
WHERE c.state = 1 AND c.id > :after AND c.person <> :reviewer
  AND (:municipality IS NULL OR t.municipality = :municipality)
  AND NOT EXISTS (SELECT 1 FROM review r WHERE r.claim = c.id AND r.state = 0)
ORDER BY c.id LIMIT :limit;

-- review_undoable many 20
--   in reviewer:person_id now:instant
--   out id:review_id claim:claim_id title:text outcome:int posts_at:instant
SELECT r.id, r.claim, t.title, r.outcome, r.posts_at
FROM review r JOIN claim c ON c.id = r.claim JOIN task t ON t.id = c.task
WHERE r.reviewer = :reviewer AND r.state = 0 AND r.posts_at > :now
ORDER BY r.id DESC LIMIT 20;
