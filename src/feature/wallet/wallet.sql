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

-- wallet_movements many 101
--   in person:person_id before:movement_id limit:int
--   out id:movement_id kind:int moved_at:instant cents:coins task_title:text? claim:claim_id? shop_name:text? payment:payment_id?
SELECT m.id, m.kind, m.moved_at, s.cents, t.title, c.id, sh.name, p.id
FROM (
  SELECT w.movement AS movement, CAST(SUM(w.cents) AS BIGINT) AS cents
  FROM (
    SELECT t.movement AS movement, -t.cents AS cents
    FROM person_holder h JOIN account a ON a.holder = h.holder AND a.kind = 2
    JOIN transfer t ON t.issuer = a.issuer AND t.debit = a.id
    WHERE h.person = :person AND t.effect IN (0, 2) AND t.movement < :before
    UNION ALL
    SELECT t.movement, t.cents
    FROM person_holder h JOIN account a ON a.holder = h.holder AND a.kind = 2
    JOIN transfer t ON t.issuer = a.issuer AND t.credit = a.id
    WHERE h.person = :person AND t.effect IN (0, 2) AND t.movement < :before
  ) AS w
  GROUP BY w.movement ORDER BY w.movement DESC LIMIT :limit
) AS s
JOIN movement m ON m.id = s.movement
LEFT JOIN claim c ON c.id = m.about
LEFT JOIN task t ON t.id = c.task
LEFT JOIN payment p ON p.id = CASE WHEN m.kind = 4 THEN m.id ELSE m.about END
LEFT JOIN shop sh ON sh.id = p.shop
ORDER BY m.id DESC;

-- wallet_pending one
--   in person:person_id
--   out reserved:coins claims:int
SELECT CAST(COALESCE(SUM(reward), 0) AS BIGINT), COUNT(*) FROM claim
WHERE person = :person AND state IN (0, 1, 2);
