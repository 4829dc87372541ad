-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- passkey_challenge_insert run
--   in challenge_hash:bytes browser_hash:bytes purpose:int person:person_id? expires_at:instant
INSERT INTO passkey_challenge (challenge_hash, browser_hash, purpose, person, expires_at)
VALUES (:challenge_hash, :browser_hash, :purpose, :person, :expires_at);

-- passkey_challenge_get maybe lock
--   in challenge_hash:bytes now:instant
--   out browser_hash:bytes purpose:int person:person_id?
SELECT browser_hash, purpose, person FROM passkey_challenge
WHERE challenge_hash = :challenge_hash AND expires_at > :now;

-- passkey_challenge_delete run
--   in challenge_hash:bytes
DELETE FROM passkey_challenge WHERE challenge_hash = :challenge_hash;

-- passkey_challenge_prune count
--   in now:instant
DELETE FROM passkey_challenge WHERE challenge_hash IN (
  SELECT challenge_hash FROM passkey_challenge WHERE expires_at <= :now
  ORDER BY expires_at, challenge_hash LIMIT 200);

-- passkey_list many 20
--   in person:person_id
--   out id:any_id credential_id:bytes name:text created_at:instant used_at:instant? cloned_at:instant?
SELECT id, credential_id, name, created_at, used_at, cloned_at FROM passkey
WHERE person = :person ORDER BY id LIMIT 20;

-- passkey_by_credential maybe lock
--   in credential_id:bytes
--   out id:any_id person:person_id algorithm:int public_key:bytes counter:int cloned_at:instant?
SELECT id, person, algorithm, public_key, counter, cloned_at FROM passkey
WHERE credential_id = :credential_id;

-- passkey_insert count
--   in id:any_id person:person_id credential_id:bytes algorithm:int public_key:bytes counter:int
--      name:text now:instant
INSERT INTO passkey (id, person, credential_id, algorithm, public_key, counter, name, created_at)
VALUES (:id, :person, :credential_id, :algorithm, :public_key, :counter, :name, :now)
ON CONFLICT DO NOTHING;

-- passkey_used run
--   in id:any_id counter:int now:instant
UPDATE passkey SET counter = :counter, used_at = :now WHERE id = :id;

-- passkey_cloned run
--   in id:any_id now:instant
UPDATE passkey SET cloned_at = :now WHERE id = :id;

-- passkey_get maybe lock
--   in id:any_id person:person_id
--   out cloned_at:instant?
SELECT cloned_at FROM passkey WHERE id = :id AND person = :person;

-- passkey_delete run
--   in id:any_id
DELETE FROM passkey WHERE id = :id;
