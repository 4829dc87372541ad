-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2
--
-- What a careful team would write on PostgreSQL for a payment: one function, one round trip. Tables,
-- keys and indexes are those of schema/ that a payment touches.
CREATE TABLE payer (number int PRIMARY KEY, person uuid NOT NULL, holder uuid NOT NULL);
CREATE TABLE shop (number int PRIMARY KEY, id uuid NOT NULL, holder uuid NOT NULL);

CREATE TABLE account (
  issuer uuid NOT NULL, holder uuid NOT NULL, kind int NOT NULL, expires_on int NOT NULL,
  id uuid NOT NULL, balance bigint NOT NULL, held bigint NOT NULL CHECK (held >= 0),
  version bigint NOT NULL,
  PRIMARY KEY (issuer, holder, kind, expires_on), UNIQUE (issuer, id),
  CHECK (kind = 0 OR balance >= held)
) WITH (fillfactor = 50); -- room for HOT updates
CREATE INDEX account_by_holder ON account (holder, kind, expires_on, issuer);

CREATE TABLE movement (
  id uuid PRIMARY KEY, kind int NOT NULL, about uuid NOT NULL, by_person uuid NOT NULL,
  moved_at bigint NOT NULL
);

CREATE TABLE transfer (
  issuer uuid NOT NULL, movement uuid NOT NULL, part int NOT NULL, effect int NOT NULL, hold uuid,
  debit uuid NOT NULL, credit uuid NOT NULL, cents bigint NOT NULL CHECK (cents > 0),
  debit_version bigint NOT NULL, debit_balance bigint NOT NULL, debit_held bigint NOT NULL,
  credit_version bigint, credit_balance bigint,
  PRIMARY KEY (movement, issuer, part)
);

CREATE TABLE idempotency (
  actor uuid NOT NULL, route text NOT NULL, key uuid NOT NULL, body_sha256 bytea NOT NULL,
  status int NOT NULL, result_a uuid, result_b uuid,
  PRIMARY KEY (key, actor, route)
);

CREATE TABLE payment (
  id uuid PRIMARY KEY, shop uuid NOT NULL, payer uuid NOT NULL, request uuid, amount bigint NOT NULL,
  refunded bigint NOT NULL DEFAULT 0, description text NOT NULL, paid_at bigint NOT NULL
);
CREATE INDEX payment_by_shop ON payment (shop, id);
CREATE INDEX payment_by_payer ON payment (payer, id);

CREATE TABLE taking (
  issuer uuid NOT NULL, source uuid NOT NULL, shop uuid NOT NULL, payment uuid NOT NULL,
  cents bigint NOT NULL, taken_at bigint NOT NULL, payout uuid,
  PRIMARY KEY (source, issuer)
);
CREATE INDEX taking_open ON taking (shop, issuer, taken_at) WHERE payout IS NULL;
CREATE INDEX taking_paid_out ON taking (payout) WHERE payout IS NOT NULL;

CREATE FUNCTION uuid7() RETURNS uuid LANGUAGE sql VOLATILE AS $$
  SELECT encode(set_bit(set_bit(overlay(uuid_send(gen_random_uuid()) PLACING
    substring(int8send((extract(epoch FROM clock_timestamp()) * 1000)::bigint) FROM 3)
    FROM 1 FOR 6), 52, 1), 53, 1), 'hex')::uuid;
$$;

-- Everybody has 1,000.00 coins again, and nothing was paid yet.
CREATE FUNCTION reset() RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  programme uuid := '01000000-0000-7000-8000-000000000001';
BEGIN
  TRUNCATE account, movement, transfer, idempotency, payment, taking;
  INSERT INTO account SELECT programme, holder, 2, 99991231, uuid7(), 100000, 0, 1 FROM payer;
  INSERT INTO account SELECT programme, holder, 3, 99991231, uuid7(), 0, 0, 0 FROM shop;
  INSERT INTO account SELECT programme, programme, 0, 99991231, uuid7(), -100000 * count(*), 0, 1
    FROM payer;
END $$;

CREATE FUNCTION make(wallets int, shops int) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO payer SELECT n, uuid7(), gen_random_uuid() FROM generate_series(1, wallets) n;
  INSERT INTO shop SELECT n, uuid7(), gen_random_uuid() FROM generate_series(1, shops) n;
END $$;

-- Wallets are only debited and tills only credited, so wallet before till can't deadlock, and the
-- till, which may be a busy one, is locked as late as can be.
CREATE FUNCTION pay(payer_number int, shop_number int, amount bigint, with_taking boolean)
  RETURNS uuid LANGUAGE plpgsql AS $$
DECLARE
  programme uuid := '01000000-0000-7000-8000-000000000001';
  request_key uuid := uuid7();
  new_id uuid := uuid7();
  moment bigint := (extract(epoch FROM clock_timestamp()) * 1000000)::bigint;
  who record;
  till record;
  earlier record;
  debited record;
  credited record;
BEGIN
  SELECT person, holder INTO STRICT who FROM payer WHERE number = payer_number;
  SELECT id, holder INTO STRICT till FROM shop WHERE number = shop_number;
  SELECT body_sha256, result_a INTO earlier FROM idempotency
    WHERE actor = who.person AND route = 'paymentCreate' AND key = request_key;
  IF FOUND THEN
    RETURN earlier.result_a;
  END IF;
  UPDATE account SET balance = balance - amount, version = version + 1
    WHERE issuer = programme AND holder = who.holder AND kind = 2 AND expires_on = 99991231
      AND balance - held >= amount
    RETURNING id, balance, held, version INTO debited;
  IF NOT FOUND THEN
    RAISE EXCEPTION 'insufficient funds';
  END IF;
  INSERT INTO movement VALUES (new_id, 4, till.id, who.person, moment);
  INSERT INTO idempotency VALUES (who.person, 'paymentCreate', request_key,
    sha256(uuid_send(till.id)), 201, new_id, NULL);
  IF with_taking THEN
    INSERT INTO payment VALUES (new_id, till.id, who.person, NULL, amount, 0, '', moment);
    INSERT INTO taking VALUES (programme, new_id, till.id, new_id, amount, moment, NULL);
  END IF;
  UPDATE account SET balance = balance + amount, version = version + 1
    WHERE issuer = programme AND holder = till.holder AND kind = 3 AND expires_on = 99991231
    RETURNING id, balance, version INTO STRICT credited;
  INSERT INTO transfer VALUES (programme, new_id, 0, 0, NULL, debited.id, credited.id, amount,
    debited.version, debited.balance, debited.held, credited.version, credited.balance);
  RETURN new_id;
END $$;
