-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- ledger_account_row maybe lock
--   in issuer:issuer_id holder:holder_id kind:int expires_on:int
--   out id:account_id issuer:issuer_id holder:holder_id kind:int expires_on:int balance:coins held:coins version:int
SELECT id, issuer, holder, kind, expires_on, balance, held, version FROM account
WHERE issuer = :issuer AND holder = :holder AND kind = :kind AND expires_on = :expires_on;

-- ledger_account_by_id one lock
--   in issuer:issuer_id id:account_id
--   out like ledger_account_row
SELECT id, issuer, holder, kind, expires_on, balance, held, version FROM account
WHERE id = :id AND issuer = :issuer;

-- ledger_account_insert run
--   in id:account_id issuer:issuer_id holder:holder_id kind:int expires_on:int balance:coins held:coins version:int
INSERT INTO account (issuer, holder, kind, expires_on, id, balance, held, version)
VALUES (:issuer, :holder, :kind, :expires_on, :id, :balance, :held, :version);

-- ledger_account_update run
--   in issuer:issuer_id holder:holder_id kind:int expires_on:int balance:coins held:coins version:int
UPDATE account SET balance = :balance, held = :held, version = :version
WHERE issuer = :issuer AND holder = :holder AND kind = :kind AND expires_on = :expires_on;

-- ledger_movement_insert run
--   in id:movement_id kind:int about:any_id by_person:person_id moved_at:instant
INSERT INTO movement (id, kind, about, by_person, moved_at)
VALUES (:id, :kind, :about, :by_person, :moved_at);

-- ledger_transfer_insert run
--   in issuer:issuer_id movement:movement_id part:int effect:int hold:hold_id? debit:account_id credit:account_id cents:coins debit_version:int debit_balance:coins debit_held:coins credit_version:int? credit_balance:int?
INSERT INTO transfer (issuer, movement, part, effect, hold, debit, credit, cents,
  debit_version, debit_balance, debit_held, credit_version, credit_balance)
VALUES (:issuer, :movement, :part, :effect, :hold, :debit, :credit, :cents,
  :debit_version, :debit_balance, :debit_held, :credit_version, :credit_balance);

-- ledger_hold_row one lock
--   in issuer:issuer_id id:hold_id
--   out debit:account_id credit:account_id cents:coins posted:coins ended_by:movement_id?
SELECT debit, credit, cents, posted, ended_by FROM hold WHERE issuer = :issuer AND id = :id;

-- ledger_hold_insert run
--   in issuer:issuer_id id:hold_id debit:account_id credit:account_id cents:coins
INSERT INTO hold (issuer, id, debit, credit, cents) VALUES (:issuer, :id, :debit, :credit, :cents);

-- ledger_hold_end run
--   in issuer:issuer_id id:hold_id posted:coins ended_by:movement_id
UPDATE hold SET posted = :posted, ended_by = :ended_by WHERE issuer = :issuer AND id = :id;

-- Every change of every account, account by account in the order of its versions. Reads the whole
-- ledger and sorts it.

-- ledger_verify_side each
--   out issuer:issuer_id account:account_id version:int balance:coins held:int? cents:coins effect:int is_debit:bool movement:movement_id kind:int? account_version:int? account_balance:int? account_held:int?
SELECT s.issuer, s.account, s.version, s.balance, s.held, s.cents, s.effect, s.is_debit, s.movement,
  a.kind, a.version, a.balance, a.held
FROM (
  SELECT issuer, debit AS account, debit_version AS version, debit_balance AS balance,
    debit_held AS held, cents, effect, TRUE AS is_debit, movement
  FROM transfer
  UNION ALL
  SELECT issuer, credit, credit_version, credit_balance, NULL, cents, effect, FALSE, movement
  FROM transfer WHERE credit_version IS NOT NULL
) AS s
LEFT JOIN account a ON a.issuer = s.issuer AND a.id = s.account
ORDER BY s.issuer, s.account, s.version, s.movement;

-- ledger_verify_untouched one
--   out changed:int not_zero:int
SELECT CAST(COALESCE(SUM(CASE WHEN version > 0 THEN 1 ELSE 0 END), 0) AS BIGINT),
  CAST(COALESCE(SUM(CASE WHEN version = 0 AND (balance <> 0 OR held <> 0) THEN 1 ELSE 0 END), 0) AS BIGINT)
FROM account;

-- ledger_verify_issuer each
--   out issuer:issuer_id total:int accounts:int
SELECT issuer, CAST(SUM(balance) AS BIGINT), COUNT(*) FROM account GROUP BY issuer ORDER BY issuer;

-- ledger_verify_hold each
--   out issuer:issuer_id id:hold_id debit:account_id credit:account_id cents:coins posted:coins ended_by:movement_id? held_rows:int? posted_rows:int? voided_rows:int? hold_movements:int
SELECT h.issuer, h.id, h.debit, h.credit, h.cents, h.posted, h.ended_by,
  (SELECT CAST(SUM(t.cents) AS BIGINT) FROM transfer t WHERE t.issuer = h.issuer AND t.movement = h.id AND t.effect = 1 AND t.hold = h.id AND t.debit = h.debit),
  (SELECT CAST(SUM(t.cents) AS BIGINT) FROM transfer t WHERE t.issuer = h.issuer AND t.movement = h.ended_by AND t.effect = 2 AND t.hold = h.id AND t.debit = h.debit AND t.credit = h.credit),
  (SELECT CAST(SUM(t.cents) AS BIGINT) FROM transfer t WHERE t.issuer = h.issuer AND t.movement = h.ended_by AND t.effect = 3 AND t.hold = h.id AND t.debit = h.debit),
  (SELECT COUNT(*) FROM movement m WHERE m.id = h.id)
FROM hold h ORDER BY h.issuer, h.id;

-- ledger_verify_strays one
--   out no_movement:int no_debit:int no_credit:int no_hold:int empty:int held_wrong:int
SELECT
  (SELECT COUNT(*) FROM transfer t WHERE NOT EXISTS (SELECT 1 FROM movement m WHERE m.id = t.movement)),
  (SELECT COUNT(*) FROM transfer t WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.issuer = t.issuer AND a.id = t.debit)),
  (SELECT COUNT(*) FROM transfer t WHERE NOT EXISTS (SELECT 1 FROM account a WHERE a.issuer = t.issuer AND a.id = t.credit)),
  (SELECT COUNT(*) FROM transfer t WHERE t.effect <> 0 AND NOT EXISTS (SELECT 1 FROM hold h WHERE h.issuer = t.issuer AND h.id = t.hold)),
  (SELECT COUNT(*) FROM movement m WHERE NOT EXISTS (SELECT 1 FROM transfer t WHERE t.movement = m.id)),
  (SELECT COUNT(*) FROM account a LEFT JOIN (
     SELECT issuer, debit, SUM(cents) AS cents FROM hold WHERE ended_by IS NULL GROUP BY issuer, debit
   ) AS h ON h.issuer = a.issuer AND h.debit = a.id
   WHERE a.held <> COALESCE(h.cents, 0));
