-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- payout_issuer one
--   in id:issuer_id
--   out id:issuer_id municipality:municipality_id brand:text
SELECT id, municipality, brand FROM issuer WHERE id = :id;

-- payout_issuers many 100
--   in municipality:municipality_id?
--   out id:issuer_id brand:text
SELECT id, brand FROM issuer WHERE municipality = :municipality OR :municipality IS NULL ORDER BY brand, id LIMIT 100;

-- payout_due many 251
--   in issuer:issuer_id cutoff:instant
--   out shop:shop_id name:text holder:holder_id account_name:text iban:text bic:text amount:coins
SELECT s.id, s.name, s.holder, s.account_name, s.iban, s.bic, d.amount
FROM (
  SELECT shop, CAST(SUM(cents) AS BIGINT) AS amount FROM taking
  WHERE issuer = :issuer AND payout IS NULL AND taken_at < :cutoff
  GROUP BY shop
) AS d JOIN shop s ON s.id = d.shop
WHERE d.amount > 0
ORDER BY s.name, s.id LIMIT 251;

-- payout_take run
--   in issuer:issuer_id cutoff:instant payout:payout_id
UPDATE taking SET payout = :payout
WHERE payout IS NULL AND taken_at < :cutoff AND issuer = :issuer
  AND shop IN (SELECT i.shop FROM payout_item i WHERE i.payout = :payout);

-- payout_release run
--   in issuer:issuer_id payout:payout_id
UPDATE taking SET payout = NULL WHERE payout = :payout AND issuer = :issuer;

-- payout_insert run
--   in id:payout_id issuer:issuer_id cutoff_at:instant proposed_by:person_id proposed_at:instant
INSERT INTO payout (id, issuer, cutoff_at, state, item_count, total, brand, currency, debtor_name,
  debtor_iban, debtor_bic, proposed_by, proposed_at)
SELECT :id, i.id, :cutoff_at, 0, 0, 0, i.brand, i.currency, i.debtor_name, i.debtor_iban,
  i.debtor_bic, :proposed_by, :proposed_at
FROM issuer i WHERE i.id = :issuer;

-- payout_item_insert run
--   in id:payout_item_id payout:payout_id issuer:issuer_id shop:shop_id amount:coins hold:hold_id name:text iban:text bic:text end_to_end:text
INSERT INTO payout_item (id, payout, issuer, shop, amount, hold, name, iban, bic, end_to_end)
VALUES (:id, :payout, :issuer, :shop, :amount, :hold, :name, :iban, :bic, :end_to_end);

-- payout_get one lock
--   in id:payout_id
--   out id:payout_id issuer:issuer_id cutoff_at:instant state:int item_count:int total:coins brand:text currency:text debtor_name:text debtor_iban:text debtor_bic:text proposed_by:person_id proposed_at:instant decided_by:person_id? decided_at:instant? reason:text
SELECT id, issuer, cutoff_at, state, item_count, total, brand, currency, debtor_name, debtor_iban, debtor_bic, proposed_by,
  proposed_at, decided_by, decided_at, reason
FROM payout WHERE id = :id;

-- payout_of_issuer many 101
--   in issuer:issuer_id before:payout_id limit:int
--   out like payout_get
SELECT id, issuer, cutoff_at, state, item_count, total, brand, currency, debtor_name, debtor_iban, debtor_bic, proposed_by,
  proposed_at, decided_by, decided_at, reason
FROM payout WHERE issuer = :issuer AND id < :before ORDER BY id DESC LIMIT :limit;

-- payout_items many 250
--   in payout:payout_id
--   out id:payout_item_id shop:shop_id shop_name:text amount:coins hold:hold_id name:text iban:text bic:text end_to_end:text
SELECT i.id, i.shop, s.name, i.amount, i.hold, i.name, i.iban, i.bic, i.end_to_end
FROM payout_item i JOIN shop s ON s.id = i.shop WHERE i.payout = :payout ORDER BY i.id LIMIT 250;

-- payout_decide run
--   in id:payout_id state:int decided_by:person_id decided_at:instant reason:text
UPDATE payout SET state = :state, decided_by = :decided_by, decided_at = :decided_at, reason = :reason
WHERE id = :id;

-- payout_person maybe
--   in id:person_id
--   out name:text
SELECT name FROM person WHERE id = :id;

-- payout_set_sums run
--   in id:payout_id item_count:int total:coins
UPDATE payout SET item_count = :item_count, total = :total WHERE id = :id;
