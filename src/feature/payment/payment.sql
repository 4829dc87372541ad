-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- payment_holder one
--   in person:person_id
--   out holder:holder_id
SELECT holder FROM person_holder WHERE person = :person;

-- payment_wallet many 16 lock
--   in holder:holder_id
--   out issuer:issuer_id expires_on:int balance:coins held:coins
SELECT issuer, expires_on, balance, held FROM account
WHERE holder = :holder AND kind = 2 AND balance > held
ORDER BY expires_on, issuer LIMIT 16;

-- payment_insert run
--   in id:payment_id shop:shop_id payer:person_id request:payment_request_id? amount:coins description:text paid_at:instant
INSERT INTO payment (id, shop, payer, request, amount, description, paid_at)
VALUES (:id, :shop, :payer, :request, :amount, :description, :paid_at);

-- payment_taking_insert run
--   in issuer:issuer_id source:any_id shop:shop_id payment:payment_id cents:coins taken_at:instant
INSERT INTO taking (issuer, source, shop, payment, cents, taken_at)
VALUES (:issuer, :source, :shop, :payment, :cents, :taken_at);

-- payment_get one lock
--   in id:payment_id
--   out id:payment_id shop:shop_id payer:person_id request:payment_request_id? amount:coins refunded:coins description:text paid_at:instant
SELECT id, shop, payer, request, amount, refunded, description, paid_at FROM payment WHERE id = :id;

-- payment_of_shop many 101
--   in shop:shop_id before:payment_id limit:int
--   out like payment_get
SELECT id, shop, payer, request, amount, refunded, description, paid_at FROM payment
WHERE shop = :shop AND id < :before ORDER BY id DESC LIMIT :limit;

-- payment_parts many 16
--   in payment:payment_id
--   out issuer:issuer_id cents:coins
SELECT issuer, CAST(SUM(cents) AS BIGINT) FROM taking
WHERE source = :payment OR source IN (SELECT id FROM refund WHERE payment = :payment)
GROUP BY issuer ORDER BY issuer LIMIT 16;

-- payment_sources many 16
--   in payment:payment_id
--   out issuer:issuer_id holder:holder_id expires_on:int cents:coins
SELECT t.issuer, a.holder, a.expires_on, t.cents
FROM movement m JOIN transfer t ON t.movement = m.id
JOIN account a ON a.issuer = t.issuer AND a.id = t.debit
WHERE m.id = :payment AND m.kind = 4 ORDER BY t.part LIMIT 16;

-- payment_refunds many 100
--   in payment:payment_id
--   out id:refund_id amount:coins reason:text refunded_at:instant
SELECT id, amount, reason, refunded_at FROM refund WHERE payment = :payment ORDER BY id LIMIT 100;

-- payment_refund_get one
--   in id:refund_id
--   out id:refund_id payment:payment_id shop:shop_id amount:coins reason:text refunded_at:instant
SELECT id, payment, shop, amount, reason, refunded_at FROM refund WHERE id = :id;

-- payment_refund_insert run
--   in id:refund_id payment:payment_id shop:shop_id amount:coins reason:text refunded_by:person_id refunded_at:instant
INSERT INTO refund (id, payment, shop, amount, reason, refunded_by, refunded_at)
VALUES (:id, :payment, :shop, :amount, :reason, :refunded_by, :refunded_at);

-- payment_set_refunded run
--   in id:payment_id refunded:coins
UPDATE payment SET refunded = :refunded WHERE id = :id;
