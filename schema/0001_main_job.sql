-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2
--
-- Type words (expanded for each engine by tools/sqlgen): ID uuid · BYTES · INT · TEXT · BOOL ·
-- INSTANT microseconds since 1970. Every table says its shard key, and `stays behind` when an export
-- leaves it out (docs/export.md). Tables are keyed in time order where they grow (UUIDv7).

CREATE TABLE setting ( -- shard: none, copied everywhere
  name TEXT NOT NULL PRIMARY KEY,
  value TEXT NOT NULL
);

CREATE TABLE municipality ( -- shard: none, copied everywhere
  id ID NOT NULL PRIMARY KEY,
  code TEXT NOT NULL UNIQUE, -- CBS: GM0917
  name TEXT NOT NULL,
  contact TEXT NOT NULL DEFAULT '' -- who residents call about a task
);

CREATE TABLE neighbourhood ( -- shard: none, copied everywhere
  id ID NOT NULL PRIMARY KEY,
  municipality ID NOT NULL REFERENCES municipality (id),
  code TEXT NOT NULL UNIQUE, -- CBS: BU09171000
  name TEXT NOT NULL,
  latitude INT NOT NULL, -- millionths of a degree
  longitude INT NOT NULL
);
CREATE INDEX neighbourhood_by_municipality ON neighbourhood (municipality, name, id);

CREATE TABLE issuer ( -- shard: none, copied everywhere
  id ID NOT NULL PRIMARY KEY,
  municipality ID NOT NULL REFERENCES municipality (id),
  code TEXT NOT NULL UNIQUE, -- kebab-case
  brand TEXT NOT NULL,        -- one coin: "Heitje"
  brand_plural TEXT NOT NULL, -- "Heitjes"
  currency TEXT NOT NULL,     -- ISO 4217
  redeem_until INSTANT NOT NULL, -- shops are paid out at least until then
  debtor_name TEXT NOT NULL,  -- account that pays the shops
  debtor_iban TEXT NOT NULL,
  debtor_bic TEXT NOT NULL
);

CREATE TABLE person ( -- shard: id
  id ID NOT NULL PRIMARY KEY,
  name TEXT NOT NULL, -- as shown to those they work with
  municipality ID,
  neighbourhood ID,
  language TEXT NOT NULL DEFAULT 'nl',
  birth_month INT, -- YYYYMM
  created_at INSTANT NOT NULL
);

-- The one link from a person to their accounts; erasure deletes it.
CREATE TABLE person_holder ( -- shard: person
  person ID NOT NULL PRIMARY KEY REFERENCES person (id),
  holder ID NOT NULL
);

CREATE TABLE role_grant ( -- shard: person
  person ID NOT NULL REFERENCES person (id),
  role INT NOT NULL, -- one bit of enum role
  scope ID NOT NULL, -- municipality or shop; all zeros: everywhere
  granted_at INSTANT NOT NULL,
  PRIMARY KEY (person, role, scope)
);

CREATE TABLE session ( -- shard: token_hash; stays behind
  token_hash BYTES NOT NULL PRIMARY KEY, -- SHA-256 of the secret
  person ID NOT NULL REFERENCES person (id),
  id ID NOT NULL, -- as shown in the list of sessions
  kind INT NOT NULL, -- enum session_kind
  method INT NOT NULL, -- enum session_method
  provider ID, -- of method provider: who to tell on signing out
  device TEXT NOT NULL, -- 'Firefox, Windows'
  strong_at INSTANT, -- when two factors were last shown
  created_at INSTANT NOT NULL,
  expires_at INSTANT NOT NULL
);
CREATE INDEX session_by_person ON session (person);
CREATE INDEX session_by_expiry ON session (expires_at);

CREATE TABLE sign_in_link ( -- shard: token_hash; stays behind
  token_hash BYTES NOT NULL PRIMARY KEY,
  person ID NOT NULL REFERENCES person (id),
  expires_at INSTANT NOT NULL,
  used_at INSTANT
);

-- Ways in: signing in, accounts and mail.

-- Who an e-mail address belongs to; only addresses that answered are here.
CREATE TABLE email_address ( -- shard: address
  address TEXT NOT NULL PRIMARY KEY, -- lower case
  person ID NOT NULL REFERENCES person (id),
  verified_at INSTANT NOT NULL
);
CREATE INDEX email_address_by_person ON email_address (person);

-- One message asked for on the sign-in page: its code works in the browser that asked, its link anywhere.
CREATE TABLE email_code ( -- shard: ticket_hash; stays behind
  ticket_hash BYTES NOT NULL PRIMARY KEY, -- SHA-256 of what the browser got
  link_hash BYTES NOT NULL UNIQUE, -- SHA-256 of the link's secret
  address TEXT NOT NULL,
  person ID, -- NULL: nobody has this address
  salt BYTES NOT NULL,
  code_hash BYTES, -- argon2id; NULL: the message holds the link alone
  tries INT NOT NULL DEFAULT 0,
  next TEXT NOT NULL,
  language TEXT NOT NULL,
  created_at INSTANT NOT NULL,
  expires_at INSTANT NOT NULL,
  used_at INSTANT
);
CREATE INDEX email_code_by_address ON email_code (address, created_at);
CREATE INDEX email_code_by_creation ON email_code (created_at);

-- Someone who showed who they are and has no account yet.
CREATE TABLE sign_up ( -- shard: token_hash; stays behind
  token_hash BYTES NOT NULL PRIMARY KEY,
  address TEXT, -- an e-mail address that answered
  provider ID, -- or a provider, and who they are to it
  subject TEXT,
  name TEXT NOT NULL,
  next TEXT NOT NULL,
  expires_at INSTANT NOT NULL
);
CREATE INDEX sign_up_by_expiry ON sign_up (expires_at);

CREATE TABLE recovery_code ( -- shard: person
  person ID NOT NULL PRIMARY KEY REFERENCES person (id),
  code_hash BYTES NOT NULL UNIQUE, -- SHA-256: a code holds 100 bits
  sealed BYTES, -- the code, readable by the session that made it only; NULL once it was seen
  created_at INSTANT NOT NULL
);

-- How much of a slow limit is used up (src/http/rate.c).
CREATE TABLE rate ( -- shard: subject; stays behind
  subject BYTES NOT NULL PRIMARY KEY, -- hash of what is limited, and of whom
  free_at INSTANT NOT NULL -- nothing is used up any more from then on
);
CREATE INDEX rate_by_time ON rate (free_at);

CREATE TABLE mail ( -- shard: id
  id ID NOT NULL PRIMARY KEY,
  address TEXT NOT NULL,
  subject TEXT NOT NULL,
  body TEXT NOT NULL,
  tries INT NOT NULL DEFAULT 0,
  next_try_at INSTANT NOT NULL,
  give_up_at INSTANT NOT NULL,
  created_at INSTANT NOT NULL,
  sent_at INSTANT -- in a demo, where messages stay to be looked at
);
CREATE INDEX mail_due ON mail (sent_at, next_try_at, id);

CREATE TABLE passkey ( -- shard: person
  id ID NOT NULL PRIMARY KEY,
  person ID NOT NULL REFERENCES person (id),
  credential_id BYTES NOT NULL UNIQUE,
  algorithm INT NOT NULL, -- COSE
  public_key BYTES NOT NULL,
  counter INT NOT NULL,
  name TEXT NOT NULL,
  created_at INSTANT NOT NULL,
  used_at INSTANT,
  cloned_at INSTANT -- its counter went back: it is refused from then on
);
CREATE INDEX passkey_by_person ON passkey (person, id);

CREATE TABLE passkey_challenge ( -- shard: challenge_hash; stays behind
  challenge_hash BYTES NOT NULL PRIMARY KEY,
  browser_hash BYTES NOT NULL, -- SHA-256 of the cookie of the browser that asked
  purpose INT NOT NULL,
  person ID, -- whose session asked
  expires_at INSTANT NOT NULL
);
CREATE INDEX passkey_challenge_by_expiry ON passkey_challenge (expires_at);

CREATE TABLE oidc_provider ( -- shard: none, copied everywhere
  id ID NOT NULL PRIMARY KEY,
  slug TEXT NOT NULL UNIQUE, -- in addresses: 'heerlen-staff'
  label TEXT NOT NULL, -- on the button
  issuer TEXT NOT NULL, -- URL, exactly as the provider writes it
  client_id TEXT NOT NULL,
  key_file TEXT NOT NULL, -- PEM of the private key
  municipality ID, -- whose people it knows
  role INT NOT NULL, -- one bit of enum role, or 0: what its people may do there
  strong_acr TEXT NOT NULL, -- values of acr that mean two factors, with blanks between
  strong_amr TEXT NOT NULL -- the same of amr
);

-- Who someone is to a provider: pairwise, so that it says nothing elsewhere.
CREATE TABLE oidc_subject ( -- shard: provider
  provider ID NOT NULL REFERENCES oidc_provider (id),
  subject TEXT NOT NULL,
  person ID NOT NULL REFERENCES person (id),
  linked_at INSTANT NOT NULL,
  PRIMARY KEY (provider, subject)
);
CREATE INDEX oidc_subject_by_person ON oidc_subject (person);

CREATE TABLE oidc_flow ( -- shard: state_hash; stays behind
  state_hash BYTES NOT NULL PRIMARY KEY,
  browser_hash BYTES NOT NULL, -- the cookie also makes the nonce and the code verifier
  provider ID NOT NULL,
  person ID, -- who is signed in and wants to be known to the provider too
  next TEXT NOT NULL,
  expires_at INSTANT NOT NULL,
  used_at INSTANT
);
CREATE INDEX oidc_flow_by_expiry ON oidc_flow (expires_at);

CREATE TABLE idempotency ( -- shard: actor
  actor ID NOT NULL,
  route TEXT NOT NULL, -- operationId
  key ID NOT NULL,
  body_sha256 BYTES NOT NULL,
  status INT NOT NULL,
  result_a ID,
  result_b ID,
  PRIMARY KEY (key, actor, route) -- keys are in time order: rows come in at the end, old ones go
);

CREATE TABLE task ( -- shard: municipality
  id ID NOT NULL PRIMARY KEY,
  municipality ID NOT NULL REFERENCES municipality (id),
  neighbourhood ID NOT NULL REFERENCES neighbourhood (id),
  issuer ID NOT NULL REFERENCES issuer (id),
  external_id TEXT, -- of the asset register it came from
  title TEXT NOT NULL,
  description TEXT NOT NULL,
  instructions TEXT NOT NULL, -- one step a line
  category INT NOT NULL,
  state INT NOT NULL,
  minutes INT NOT NULL,
  reward INT NOT NULL, -- cents a place
  places INT NOT NULL,
  places_taken INT NOT NULL DEFAULT 0, -- open or approved claims
  claim_hours INT NOT NULL, -- from claiming to handing in
  latitude INT NOT NULL,
  longitude INT NOT NULL,
  cell INT NOT NULL, -- map cell, see src/feature/task/task.h
  keeper TEXT NOT NULL, -- who keeps this place
  extra_work_reason TEXT NOT NULL, -- why this is extra and takes nobody's job
  tools TEXT NOT NULL DEFAULT '', -- what to bring or borrow
  needs_tools BOOL NOT NULL DEFAULT FALSE, -- tools is not empty: lists filter by what indexes hold
  light BOOL NOT NULL DEFAULT FALSE, -- no lifting, no kneeling
  indoor BOOL NOT NULL DEFAULT FALSE,
  wheelchair_friendly BOOL NOT NULL DEFAULT FALSE,
  child_friendly BOOL NOT NULL DEFAULT FALSE,
  batch ID, -- the import it came with
  author ID NOT NULL,
  signed_off_by ID,
  created_at INSTANT NOT NULL,
  opened_at INSTANT,
  closed_at INSTANT
);
CREATE UNIQUE INDEX task_by_external ON task (municipality, external_id);
-- The two a search walks hold all that it filters by, so it reads no row that does not fit.
CREATE INDEX task_newest ON task (state, id, latitude, longitude, category, minutes, reward, places,
  needs_tools, light, indoor, wheelchair_friendly, child_friendly);
CREATE INDEX task_by_municipality ON task (municipality, state, id);
CREATE INDEX task_by_neighbourhood ON task (neighbourhood, state, id);
CREATE INDEX task_by_cell ON task (state, cell, id, latitude, longitude, category, minutes, reward,
  places, needs_tools, light, indoor, wheelchair_friendly, child_friendly, municipality,
  neighbourhood);
CREATE INDEX task_by_batch ON task (batch, state);

CREATE TABLE claim ( -- shard: person
  id ID NOT NULL PRIMARY KEY,
  task ID NOT NULL REFERENCES task (id),
  person ID NOT NULL,
  state INT NOT NULL,
  reward INT NOT NULL,
  issuer ID NOT NULL,
  hold ID NOT NULL,
  claimed_at INSTANT NOT NULL,
  deadline_at INSTANT NOT NULL,
  submitted_at INSTANT,
  ended_at INSTANT,
  note TEXT NOT NULL DEFAULT '',
  minutes_worked INT
);
CREATE INDEX claim_by_task ON claim (task, state, id);
CREATE INDEX claim_by_person ON claim (person, id);
CREATE INDEX claim_by_deadline ON claim (state, deadline_at, id);
CREATE INDEX claim_done ON claim (state, reward) WHERE state = 3;

CREATE TABLE evidence ( -- shard: claim's person
  id ID NOT NULL PRIMARY KEY,
  claim ID NOT NULL REFERENCES claim (id),
  moment INT NOT NULL, -- before, after
  photo_sha256 BYTES NOT NULL, -- of the stored JPEG; names its file
  thumbnail_sha256 BYTES NOT NULL,
  width INT NOT NULL,
  height INT NOT NULL,
  added_at INSTANT NOT NULL
);
CREATE INDEX evidence_by_claim ON evidence (claim, id);
CREATE INDEX evidence_by_photo ON evidence (photo_sha256);
CREATE INDEX evidence_by_thumbnail ON evidence (thumbnail_sha256);

CREATE TABLE review ( -- shard: claim's person
  id ID NOT NULL PRIMARY KEY,
  claim ID NOT NULL REFERENCES claim (id),
  reviewer ID NOT NULL,
  outcome INT NOT NULL,
  reason TEXT NOT NULL,
  state INT NOT NULL, -- pending, posted, taken-back
  reviewed_at INSTANT NOT NULL,
  posts_at INSTANT NOT NULL, -- until then it can be taken back
  deadline_at INSTANT -- rework: the new one
);
CREATE INDEX review_by_claim ON review (claim, id);
CREATE INDEX review_by_due ON review (state, posts_at, id);

CREATE TABLE shop ( -- shard: municipality
  id ID NOT NULL PRIMARY KEY,
  municipality ID NOT NULL REFERENCES municipality (id),
  neighbourhood ID NOT NULL REFERENCES neighbourhood (id),
  holder ID NOT NULL UNIQUE, -- of its till
  name TEXT NOT NULL,
  category INT NOT NULL,
  address TEXT NOT NULL,
  latitude INT NOT NULL,
  longitude INT NOT NULL,
  public_service BOOL NOT NULL,
  state INT NOT NULL,
  account_name TEXT NOT NULL, -- of the bank account
  iban TEXT NOT NULL,
  bic TEXT NOT NULL DEFAULT '',
  created_at INSTANT NOT NULL
);
CREATE INDEX shop_by_municipality ON shop (municipality, name, id);

CREATE TABLE shop_hours ( -- shard: shop's municipality
  shop ID NOT NULL REFERENCES shop (id),
  weekday INT NOT NULL, -- 1 = Monday
  opens INT NOT NULL, -- minutes after midnight
  closes INT NOT NULL,
  PRIMARY KEY (shop, weekday, opens)
);

CREATE TABLE payment_request ( -- shard: shop
  id ID NOT NULL PRIMARY KEY,
  shop ID NOT NULL REFERENCES shop (id),
  cashier ID NOT NULL,
  amount INT NOT NULL,
  description TEXT NOT NULL,
  code TEXT NOT NULL, -- short, typed by hand; unique among the open ones
  state INT NOT NULL, -- open, paid, cancelled; open past expires_at reads as expired
  requested_at INSTANT NOT NULL,
  expires_at INSTANT NOT NULL,
  payment ID
);
CREATE INDEX payment_request_by_code ON payment_request (code, expires_at);
CREATE INDEX payment_request_by_shop ON payment_request (shop, id);

CREATE TABLE payment ( -- shard: shop
  id ID NOT NULL PRIMARY KEY, -- also its movement's `about`
  shop ID NOT NULL,
  payer ID NOT NULL,
  request ID,
  amount INT NOT NULL,
  refunded INT NOT NULL DEFAULT 0,
  description TEXT NOT NULL,
  paid_at INSTANT NOT NULL
);
CREATE INDEX payment_by_shop ON payment (shop, id);
CREATE INDEX payment_by_payer ON payment (payer, id);

CREATE TABLE refund ( -- shard: shop
  id ID NOT NULL PRIMARY KEY,
  payment ID NOT NULL REFERENCES payment (id),
  shop ID NOT NULL,
  amount INT NOT NULL,
  reason TEXT NOT NULL,
  refunded_by ID NOT NULL,
  refunded_at INSTANT NOT NULL
);
CREATE INDEX refund_by_payment ON refund (payment, id);
CREATE INDEX refund_by_shop ON refund (shop, id);

-- What a payout is made of: for each payment and refund, and each issuer in it, one row.
CREATE TABLE taking ( -- shard: issuer
  issuer ID NOT NULL,
  source ID NOT NULL, -- payment or refund
  shop ID NOT NULL,
  payment ID NOT NULL,
  cents INT NOT NULL, -- a refund is below zero
  taken_at INSTANT NOT NULL,
  payout ID, -- the payout that holds it
  PRIMARY KEY (source, issuer)
);
CREATE INDEX taking_open ON taking (taken_at, shop, issuer) WHERE payout IS NULL;
CREATE INDEX taking_paid_out ON taking (payout) WHERE payout IS NOT NULL;

CREATE TABLE payout ( -- shard: issuer
  id ID NOT NULL PRIMARY KEY,
  issuer ID NOT NULL REFERENCES issuer (id),
  cutoff_at INSTANT NOT NULL,
  state INT NOT NULL, -- proposed, approved, rejected
  item_count INT NOT NULL,
  total INT NOT NULL,
  brand TEXT NOT NULL, -- of the issuer, as it was when proposed: the bank file never changes
  currency TEXT NOT NULL,
  debtor_name TEXT NOT NULL,
  debtor_iban TEXT NOT NULL,
  debtor_bic TEXT NOT NULL,
  proposed_by ID NOT NULL,
  proposed_at INSTANT NOT NULL,
  decided_by ID,
  decided_at INSTANT,
  reason TEXT NOT NULL DEFAULT ''
);
CREATE INDEX payout_by_issuer ON payout (issuer, id);

CREATE TABLE payout_item ( -- shard: issuer
  id ID NOT NULL PRIMARY KEY,
  payout ID NOT NULL REFERENCES payout (id),
  issuer ID NOT NULL,
  shop ID NOT NULL,
  amount INT NOT NULL,
  hold ID NOT NULL,
  name TEXT NOT NULL, -- account name, IBAN and BIC as they were when proposed
  iban TEXT NOT NULL,
  bic TEXT NOT NULL,
  end_to_end TEXT NOT NULL UNIQUE -- at most 35 characters
);
CREATE INDEX payout_item_by_payout ON payout_item (payout, id);
CREATE INDEX payout_item_by_shop ON payout_item (shop, id);

CREATE TABLE funding ( -- shard: issuer
  id ID NOT NULL PRIMARY KEY, -- the movement
  issuer ID NOT NULL REFERENCES issuer (id),
  amount INT NOT NULL,
  reason TEXT NOT NULL, -- the euros behind it: the reference of the decision or the transfer
  funded_by ID NOT NULL,
  funded_at INSTANT NOT NULL
);
CREATE INDEX funding_by_issuer ON funding (issuer, id);

-- The ledger. Only src/ledger writes these.

CREATE TABLE account ( -- shard: issuer
  issuer ID NOT NULL,
  holder ID NOT NULL,
  kind INT NOT NULL,
  expires_on INT NOT NULL, -- YYYYMMDD
  id ID NOT NULL,
  balance INT NOT NULL,
  held INT NOT NULL CHECK (held >= 0),
  version INT NOT NULL,
  PRIMARY KEY (issuer, holder, kind, expires_on),
  UNIQUE (id, issuer),
  CHECK (kind = 0 OR balance >= held)
);
CREATE INDEX account_by_holder ON account (holder, kind, expires_on, issuer);

CREATE TABLE movement ( -- shard: issuer of its transfers
  id ID NOT NULL PRIMARY KEY,
  kind INT NOT NULL,
  about ID NOT NULL,
  by_person ID NOT NULL,
  moved_at INSTANT NOT NULL
);

CREATE TABLE transfer ( -- shard: issuer
  issuer ID NOT NULL,
  movement ID NOT NULL,
  part INT NOT NULL,
  effect INT NOT NULL,
  hold ID, -- HOLD, POST, VOID
  debit ID NOT NULL,
  credit ID NOT NULL,
  cents INT NOT NULL CHECK (cents > 0),
  debit_version INT NOT NULL,
  debit_balance INT NOT NULL,
  debit_held INT NOT NULL,
  credit_version INT, -- NULL for HOLD and VOID: the credit account is not touched
  credit_balance INT,
  PRIMARY KEY (movement, issuer, part)
);

CREATE TABLE hold ( -- shard: issuer
  issuer ID NOT NULL,
  id ID NOT NULL, -- the movement that made it
  debit ID NOT NULL,
  credit ID NOT NULL,
  cents INT NOT NULL CHECK (cents > 0),
  posted INT NOT NULL DEFAULT 0,
  ended_by ID, -- movement; NULL: open
  PRIMARY KEY (issuer, id)
);
