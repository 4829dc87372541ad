-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- issuer_get one
--   in issuer:issuer_id
--   out id:issuer_id municipality:municipality_id code:text brand:text brand_plural:text
--       currency:text redeem_until:instant
SELECT id, municipality, code, brand, brand_plural, currency, redeem_until
FROM issuer WHERE id = :issuer;

-- issuer_by_code maybe
--   in code:text
--   out like issuer_get
SELECT id, municipality, code, brand, brand_plural, currency, redeem_until
FROM issuer WHERE code = :code;

-- issuer_list many 500
--   out like issuer_get
SELECT id, municipality, code, brand, brand_plural, currency, redeem_until
FROM issuer ORDER BY brand, id LIMIT 500;

-- A municipality without a programme of its own joins the region's, when there is just one.

-- issuer_of_municipality maybe
--   in municipality:municipality_id
--   out like issuer_get
SELECT id, municipality, code, brand, brand_plural, currency, redeem_until
FROM issuer
WHERE municipality = :municipality OR (SELECT count(*) FROM issuer) = 1
ORDER BY id LIMIT 1;

-- issuer_insert run
--   in id:issuer_id municipality:municipality_id code:text brand:text brand_plural:text
--      currency:text redeem_until:instant debtor_name:text debtor_iban:text debtor_bic:text
INSERT INTO issuer (id, municipality, code, brand, brand_plural, currency, redeem_until,
  debtor_name, debtor_iban, debtor_bic)
VALUES (:id, :municipality, :code, :brand, :brand_plural, :currency, :redeem_until,
  :debtor_name, :debtor_iban, :debtor_bic)
ON CONFLICT (code) DO UPDATE SET municipality = excluded.municipality, brand = excluded.brand,
  brand_plural = excluded.brand_plural, redeem_until = excluded.redeem_until,
  debtor_name = excluded.debtor_name, debtor_iban = excluded.debtor_iban,
  debtor_bic = excluded.debtor_bic;

-- issuer_funding_insert run
--   in id:movement_id issuer:issuer_id amount:coins reason:text funded_by:person_id funded_at:instant
INSERT INTO funding (id, issuer, amount, reason, funded_by, funded_at)
VALUES (:id, :issuer, :amount, :reason, :funded_by, :funded_at);
