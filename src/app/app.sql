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

-- What the slices say, against the ledger and against each other. Each statement gives the rows that
-- disagree, with the two numbers that should fit. Numbers of states and kinds: enum claim_state,
-- payout_state, movement_kind, transfer_effect, account_kind.

-- app_verify_payment each
--   out id:any_id stored:int found:int
SELECT s.id, CAST(SUM(s.stored) AS BIGINT), CAST(SUM(s.found) AS BIGINT)
FROM (
  SELECT id, amount AS stored, 0 AS found FROM payment
  UNION ALL
  SELECT m.id, 0, t.cents FROM movement m JOIN transfer t ON t.movement = m.id WHERE m.kind = 4
) AS s GROUP BY s.id HAVING SUM(s.stored) <> SUM(s.found) ORDER BY s.id;

-- app_verify_refund each
--   out like app_verify_payment
SELECT s.id, CAST(SUM(s.stored) AS BIGINT), CAST(SUM(s.found) AS BIGINT)
FROM (
  SELECT id, amount AS stored, 0 AS found FROM refund
  UNION ALL
  SELECT m.id, 0, t.cents FROM movement m JOIN transfer t ON t.movement = m.id WHERE m.kind = 5
) AS s GROUP BY s.id HAVING SUM(s.stored) <> SUM(s.found) ORDER BY s.id;

-- app_verify_refunded each
--   out like app_verify_payment
SELECT s.id, s.refunded, s.found
FROM (
  SELECT p.id, p.amount, p.refunded,
    (SELECT CAST(COALESCE(SUM(r.amount), 0) AS BIGINT) FROM refund r WHERE r.payment = p.id) AS found
  FROM payment p
) AS s WHERE s.refunded <> s.found OR s.found > s.amount ORDER BY s.id;

-- app_verify_taking each
--   out like app_verify_payment
SELECT s.source, CAST(SUM(s.stored) AS BIGINT), CAST(SUM(s.found) AS BIGINT)
FROM (
  SELECT source, issuer, cents AS stored, 0 AS found FROM taking
  UNION ALL
  SELECT m.id, t.issuer, 0, CASE WHEN m.kind = 5 THEN -t.cents ELSE t.cents END
  FROM movement m JOIN transfer t ON t.movement = m.id WHERE m.kind IN (4, 5)
) AS s GROUP BY s.source, s.issuer HAVING SUM(s.stored) <> SUM(s.found) ORDER BY s.source, s.issuer;

-- A taking belongs to the shop and the payment of its source.

-- app_verify_taking_source each
--   out like app_verify_payment
SELECT k.source, k.cents, 0 FROM taking k
WHERE NOT EXISTS (SELECT 1 FROM payment p WHERE p.id = k.payment AND p.shop = k.shop)
  OR (k.source <> k.payment AND NOT EXISTS (
    SELECT 1 FROM refund r WHERE r.id = k.source AND r.payment = k.payment AND r.shop = k.shop))
ORDER BY k.source, k.issuer;

-- app_verify_taking_payout each
--   out like app_verify_payment
SELECT k.source, k.cents, 0 FROM taking k LEFT JOIN payout p ON p.id = k.payout AND p.issuer = k.issuer
WHERE k.payout IS NOT NULL AND (p.id IS NULL OR p.state = 2) ORDER BY k.source, k.issuer;

-- app_verify_payout_taking each
--   out like app_verify_payment
SELECT s.payout, CAST(SUM(s.stored) AS BIGINT), CAST(SUM(s.found) AS BIGINT)
FROM (
  SELECT i.payout, i.shop, i.issuer, i.amount AS stored, 0 AS found
  FROM payout_item i JOIN payout p ON p.id = i.payout WHERE p.state <> 2
  UNION ALL
  SELECT k.payout, k.shop, k.issuer, 0, k.cents FROM taking k WHERE k.payout IS NOT NULL
) AS s GROUP BY s.payout, s.shop, s.issuer HAVING SUM(s.stored) <> SUM(s.found)
ORDER BY s.payout, s.shop, s.issuer;

-- app_verify_payout_total each
--   out like app_verify_payment
SELECT s.id, s.total, s.found
FROM (
  SELECT p.id, p.total,
    (SELECT CAST(COALESCE(SUM(i.amount), 0) AS BIGINT) FROM payout_item i WHERE i.payout = p.id) AS found
  FROM payout p
) AS s WHERE s.total <> s.found ORDER BY s.id;

-- app_verify_payout_count each
--   out like app_verify_payment
SELECT s.id, s.item_count, s.found
FROM (
  SELECT p.id, p.item_count, (SELECT COUNT(*) FROM payout_item i WHERE i.payout = p.id) AS found
  FROM payout p
) AS s WHERE s.item_count <> s.found ORDER BY s.id;

-- app_verify_payout_item each
--   out like app_verify_payment
SELECT i.id, COALESCE(p.state, -1), COALESCE(h.posted, 0)
FROM payout_item i
  LEFT JOIN payout p ON p.id = i.payout AND p.issuer = i.issuer
  LEFT JOIN hold h ON h.issuer = i.issuer AND h.id = i.hold
  LEFT JOIN movement m ON m.id = i.hold AND m.kind = 6 AND m.about = i.id
WHERE p.id IS NULL OR h.id IS NULL OR m.id IS NULL OR h.cents <> i.amount
  OR (p.state = 0 AND h.ended_by IS NOT NULL)
  OR (p.state = 1 AND (h.ended_by IS NULL OR h.posted <> i.amount))
  OR (p.state = 2 AND (h.ended_by IS NULL OR h.posted <> 0))
  OR p.state NOT IN (0, 1, 2)
ORDER BY i.id;

-- app_verify_claim_reward each
--   out like app_verify_payment
SELECT c.id, c.reward, COALESCE(h.cents, 0)
FROM claim c LEFT JOIN hold h ON h.issuer = c.issuer AND h.id = c.hold
WHERE h.id IS NULL OR h.cents <> c.reward ORDER BY c.id;

-- app_verify_claim_state each
--   out like app_verify_payment
SELECT c.id, c.state, h.posted
FROM claim c JOIN hold h ON h.issuer = c.issuer AND h.id = c.hold
  LEFT JOIN movement m ON m.id = c.hold AND m.kind = 1 AND m.about = c.id
WHERE m.id IS NULL
  OR (c.state IN (0, 1, 2) AND h.ended_by IS NOT NULL)
  OR (c.state = 3 AND (h.ended_by IS NULL OR h.posted <> h.cents))
  OR (c.state IN (4, 5, 6) AND (h.ended_by IS NULL OR h.posted <> 0))
  OR c.state NOT IN (0, 1, 2, 3, 4, 5, 6)
ORDER BY c.id;

-- app_verify_funding each
--   out like app_verify_payment
SELECT s.id, CAST(SUM(s.stored) AS BIGINT), CAST(SUM(s.found) AS BIGINT)
FROM (
  SELECT id, issuer, amount AS stored, 0 AS found FROM funding
  UNION ALL
  SELECT m.id, t.issuer, 0, t.cents FROM movement m JOIN transfer t ON t.movement = m.id WHERE m.kind = 0
) AS s GROUP BY s.id, s.issuer HAVING SUM(s.stored) <> SUM(s.found) ORDER BY s.id, s.issuer;

-- app_verify_places each
--   out like app_verify_payment
SELECT s.id, s.places_taken, s.found
FROM (
  SELECT t.id, t.places_taken,
    (SELECT COUNT(*) FROM claim c WHERE c.task = t.id AND c.state IN (0, 1, 2, 3)) AS found
  FROM task t
) AS s WHERE s.places_taken <> s.found ORDER BY s.id;

-- app_verify_holder each
--   out like app_verify_payment
SELECT s.holder, COUNT(*), 1
FROM (SELECT holder FROM person_holder UNION ALL SELECT holder FROM shop) AS s
GROUP BY s.holder HAVING COUNT(*) > 1 ORDER BY s.holder;

-- The coins of a claim go to its person, those of a payment from its payer to its shop. Who was
-- erased has no holder any more.

-- app_verify_claim_holder each
--   out like app_verify_payment
SELECT c.id, c.reward, 0
FROM claim c JOIN hold h ON h.issuer = c.issuer AND h.id = c.hold
  JOIN account a ON a.issuer = h.issuer AND a.id = h.credit
  JOIN person_holder p ON p.person = c.person
WHERE a.holder <> p.holder ORDER BY c.id;

-- app_verify_payment_holder each
--   out like app_verify_payment
SELECT p.id, p.amount, t.cents
FROM payment p JOIN transfer t ON t.movement = p.id
  JOIN account d ON d.issuer = t.issuer AND d.id = t.debit
  JOIN account c ON c.issuer = t.issuer AND c.id = t.credit
  LEFT JOIN shop s ON s.id = p.shop
  LEFT JOIN person_holder h ON h.person = p.payer
WHERE s.id IS NULL OR c.holder <> s.holder OR d.holder <> h.holder
ORDER BY p.id, t.issuer, t.part;

-- Each kind of movement has one row that it is about.

-- app_verify_movement each
--   out like app_verify_payment
SELECT m.id, m.kind, 0 FROM movement m
WHERE NOT CASE m.kind
  WHEN 0 THEN EXISTS (SELECT 1 FROM funding f WHERE f.id = m.id AND f.issuer = m.about)
  WHEN 1 THEN EXISTS (SELECT 1 FROM claim c WHERE c.id = m.about AND c.hold = m.id)
  WHEN 2 THEN EXISTS (SELECT 1 FROM claim c JOIN hold h ON h.issuer = c.issuer AND h.id = c.hold
    WHERE c.id = m.about AND c.state = 3 AND h.ended_by = m.id)
  WHEN 3 THEN EXISTS (SELECT 1 FROM claim c JOIN hold h ON h.issuer = c.issuer AND h.id = c.hold
    WHERE c.id = m.about AND c.state IN (4, 5, 6) AND h.ended_by = m.id)
  WHEN 4 THEN EXISTS (SELECT 1 FROM payment p WHERE p.id = m.id AND p.shop = m.about)
  WHEN 5 THEN EXISTS (SELECT 1 FROM refund r WHERE r.id = m.id AND r.payment = m.about)
  WHEN 6 THEN EXISTS (SELECT 1 FROM payout_item i WHERE i.id = m.about AND i.hold = m.id)
  WHEN 7 THEN EXISTS (SELECT 1 FROM payout_item i JOIN payout p ON p.id = i.payout
    JOIN hold h ON h.issuer = i.issuer AND h.id = i.hold
    WHERE i.id = m.about AND p.state = 1 AND h.ended_by = m.id)
  WHEN 8 THEN EXISTS (SELECT 1 FROM payout_item i JOIN payout p ON p.id = i.payout
    JOIN hold h ON h.issuer = i.issuer AND h.id = i.hold
    WHERE i.id = m.about AND p.state = 2 AND h.ended_by = m.id)
  ELSE FALSE END
ORDER BY m.id;

-- And it moves coins from one kind of account to one other.

-- app_verify_transfer each
--   out like app_verify_payment
SELECT t.movement, m.kind, t.effect
FROM transfer t JOIN movement m ON m.id = t.movement
  JOIN account d ON d.issuer = t.issuer AND d.id = t.debit
  JOIN account c ON c.issuer = t.issuer AND c.id = t.credit
WHERE NOT CASE m.kind
  WHEN 0 THEN t.effect = 0 AND d.kind = 0 AND c.kind = 1
  WHEN 1 THEN t.effect = 1 AND d.kind = 1 AND c.kind = 2
  WHEN 2 THEN t.effect = 2 AND d.kind = 1 AND c.kind = 2
  WHEN 3 THEN t.effect = 3 AND d.kind = 1 AND c.kind = 2
  WHEN 4 THEN t.effect = 0 AND d.kind = 2 AND c.kind = 3
  WHEN 5 THEN t.effect = 0 AND d.kind = 3 AND c.kind = 2
  WHEN 6 THEN t.effect = 1 AND d.kind = 3 AND c.kind = 4
  WHEN 7 THEN t.effect = 2 AND d.kind = 3 AND c.kind = 4
  WHEN 8 THEN t.effect = 3 AND d.kind = 3 AND c.kind = 4
  ELSE FALSE END
ORDER BY t.movement, t.issuer, t.part;
