-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- wallet_coins many 100
--   in person:person_id
--   out issuer:issuer_id brand:text brand_plural:text expires_on:int balance:coins held:coins
SELECT a.issuer, i.brand, i.brand_plural, a.expires_on, a.balance, a.held
FROM person_holder h JOIN account a ON a.holder = h.holder AND a.kind = 2
JOIN issuer i ON i.id = a.issuer
WHERE h.person = :person
ORDER BY a.expires_on, a.issuer LIMIT 100;

-- What came and went, from what it was about: the ledger keeps no index by account, as writing it
-- would cost every payment more than it gives.

-- wallet_movements many 101
--   in person:person_id before:movement_id limit:int
--   out id:movement_id kind:int moved_at:instant cents:coins task_title:text? claim:claim_id? shop_name:text? payment:payment_id?
SELECT w.id, w.kind, w.moved_at, w.cents, t.title, w.claim, s.name, w.payment
FROM (
  SELECT h.ended_by AS id, 2 AS kind, c.ended_at AS moved_at, h.posted AS cents, c.task AS task,
    c.id AS claim, NULL AS shop, NULL AS payment
  FROM claim c JOIN hold h ON h.issuer = c.issuer AND h.id = c.hold
  WHERE c.person = :person AND c.state = 3 AND h.ended_by < :before
  UNION ALL
  SELECT p.id, 4, p.paid_at, -p.amount, NULL, NULL, p.shop, p.id
  FROM payment p WHERE p.payer = :person AND p.id < :before
  UNION ALL
  SELECT r.id, 5, r.refunded_at, r.amount, NULL, NULL, r.shop, r.payment
  FROM payment p JOIN refund r ON r.payment = p.id
  WHERE p.payer = :person AND p.refunded > 0 AND r.id < :before
) AS w
LEFT JOIN task t ON t.id = w.task
LEFT JOIN shop s ON s.id = w.shop
ORDER BY w.id DESC LIMIT :limit;

-- wallet_pending one
--   in person:person_id
--   out reserved:coins claims:int
SELECT CAST(COALESCE(SUM(reward), 0) AS BIGINT), COUNT(*) FROM claim
WHERE person = :person AND state IN (0, 1, 2);
