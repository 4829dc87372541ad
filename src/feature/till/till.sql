-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- till_request_get one lock
--   in id:payment_request_id
--   out id:payment_request_id shop:shop_id amount:coins description:text code:text state:int requested_at:instant expires_at:instant payment:payment_id?
SELECT id, shop, amount, description, code, state, requested_at, expires_at, payment
FROM payment_request WHERE id = :id;

-- till_request_open_by_code maybe
--   in code:text now:instant
--   out id:payment_request_id
SELECT id FROM payment_request WHERE code = :code AND expires_at > :now AND state = 0
ORDER BY expires_at DESC, id DESC LIMIT 1;

-- till_request_insert run
--   in id:payment_request_id shop:shop_id cashier:person_id amount:coins description:text code:text requested_at:instant expires_at:instant
INSERT INTO payment_request (id, shop, cashier, amount, description, code, state, requested_at, expires_at)
VALUES (:id, :shop, :cashier, :amount, :description, :code, 0, :requested_at, :expires_at);

-- till_request_set_state run
--   in id:payment_request_id state:int payment:payment_id?
UPDATE payment_request SET state = :state, payment = :payment WHERE id = :id;

-- till_shop one
--   in shop:shop_id
--   out id:shop_id name:text municipality:municipality_id holder:holder_id iban:text state:int
SELECT id, name, municipality, holder, iban, state FROM shop WHERE id = :shop;

-- till_accounts many 100
--   in holder:holder_id
--   out balance:coins held:coins
SELECT balance, held FROM account WHERE holder = :holder AND kind = 3
ORDER BY issuer, expires_on LIMIT 100;

-- till_on_the_way one
--   in shop:shop_id since:instant
--   out proposed:coins approved:coins approved_at:instant?
SELECT
  CAST(COALESCE(SUM(CASE WHEN p.state = 0 THEN i.amount ELSE 0 END), 0) AS BIGINT),
  CAST(COALESCE(SUM(CASE WHEN p.state = 1 AND p.decided_at >= :since THEN i.amount ELSE 0 END), 0) AS BIGINT),
  MAX(CASE WHEN p.state = 1 AND p.decided_at >= :since THEN p.decided_at END)
FROM payout_item i JOIN payout p ON p.id = i.payout WHERE i.shop = :shop;

-- till_today one
--   in shop:shop_id since:any_id
--   out payments:int paid:coins refunded:coins
SELECT
  (SELECT COUNT(*) FROM payment WHERE shop = :shop AND id >= :since),
  (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM payment WHERE shop = :shop AND id >= :since),
  (SELECT CAST(COALESCE(SUM(amount), 0) AS BIGINT) FROM refund WHERE shop = :shop AND id >= :since);
