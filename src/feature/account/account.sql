-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- account_by_address maybe
--   in address:text
--   out person:person_id name:text language:text
SELECT e.person, p.name, p.language FROM email_address e JOIN person p ON p.id = e.person
WHERE e.address = :address;

-- account_address_insert count
--   in address:text person:person_id now:instant
INSERT INTO email_address (address, person, verified_at) VALUES (:address, :person, :now)
ON CONFLICT DO NOTHING;

-- account_addresses many 10
--   in person:person_id
--   out address:text language:text
SELECT e.address, p.language FROM email_address e JOIN person p ON p.id = e.person
WHERE e.person = :person ORDER BY e.address LIMIT 10;

-- account_subject_insert count
--   in provider:any_id subject:text person:person_id now:instant
INSERT INTO oidc_subject (provider, subject, person, linked_at)
VALUES (:provider, :subject, :person, :now)
ON CONFLICT DO NOTHING;

-- account_provider one
--   in provider:any_id
--   out municipality:any_id? role:int
SELECT municipality, role FROM oidc_provider WHERE id = :provider;

-- account_ways one
--   in person:person_id
--   out addresses:int passkeys:int providers:int recovery_codes:int
SELECT (SELECT count(*) FROM email_address e WHERE e.person = p.id),
  (SELECT count(*) FROM passkey k WHERE k.person = p.id AND k.cloned_at IS NULL),
  (SELECT count(*) FROM oidc_subject o WHERE o.person = p.id),
  (SELECT count(*) FROM recovery_code r WHERE r.person = p.id)
FROM person p WHERE p.id = :person;

-- email_code_insert run
--   in ticket_hash:bytes link_hash:bytes address:text person:person_id? salt:bytes code_hash:bytes?
--      next:text language:text now:instant expires_at:instant
INSERT INTO email_code (ticket_hash, link_hash, address, person, salt, code_hash, next, language,
  created_at, expires_at)
VALUES (:ticket_hash, :link_hash, :address, :person, :salt, :code_hash, :next, :language, :now,
  :expires_at);

-- email_code_unused one
--   in address:text since:instant
--   out count:int
SELECT count(*) FROM email_code
WHERE address = :address AND created_at > :since AND used_at IS NULL AND code_hash IS NOT NULL;

-- email_code_by_ticket maybe lock
--   in ticket_hash:bytes
--   out ticket_hash:bytes address:text person:person_id? salt:bytes code_hash:bytes? tries:int
--       next:text expires_at:instant used_at:instant?
SELECT ticket_hash, address, person, salt, code_hash, tries, next, expires_at, used_at
FROM email_code WHERE ticket_hash = :ticket_hash;

-- email_code_by_link maybe lock
--   in link_hash:bytes
--   out like email_code_by_ticket
SELECT ticket_hash, address, person, salt, code_hash, tries, next, expires_at, used_at
FROM email_code WHERE link_hash = :link_hash;

-- email_code_try run
--   in ticket_hash:bytes
UPDATE email_code SET tries = tries + 1 WHERE ticket_hash = :ticket_hash;

-- email_code_use run
--   in ticket_hash:bytes now:instant
UPDATE email_code SET used_at = :now WHERE ticket_hash = :ticket_hash;

-- email_code_prune count
--   in before:instant
DELETE FROM email_code WHERE ticket_hash IN (
  SELECT ticket_hash FROM email_code WHERE created_at <= :before ORDER BY created_at, ticket_hash
  LIMIT 200);

-- sign_up_insert run
--   in token_hash:bytes address:text? provider:any_id? subject:text? name:text next:text
--      expires_at:instant
INSERT INTO sign_up (token_hash, address, provider, subject, name, next, expires_at)
VALUES (:token_hash, :address, :provider, :subject, :name, :next, :expires_at);

-- sign_up_get maybe lock
--   in token_hash:bytes now:instant
--   out address:text? provider:any_id? subject:text? name:text next:text
SELECT address, provider, subject, name, next FROM sign_up
WHERE token_hash = :token_hash AND expires_at > :now;

-- sign_up_delete run
--   in token_hash:bytes
DELETE FROM sign_up WHERE token_hash = :token_hash;

-- sign_up_prune count
--   in now:instant
DELETE FROM sign_up WHERE token_hash IN (
  SELECT token_hash FROM sign_up WHERE expires_at <= :now ORDER BY expires_at, token_hash LIMIT 200);

-- recovery_put run
--   in person:person_id code_hash:bytes sealed:bytes now:instant
INSERT INTO recovery_code (person, code_hash, sealed, created_at)
VALUES (:person, :code_hash, :sealed, :now)
ON CONFLICT (person) DO UPDATE SET code_hash = excluded.code_hash, sealed = excluded.sealed,
  created_at = excluded.created_at;

-- recovery_get maybe
--   in person:person_id
--   out code_hash:bytes sealed:bytes? created_at:instant
SELECT code_hash, sealed, created_at FROM recovery_code WHERE person = :person;

-- recovery_by_code maybe lock
--   in code_hash:bytes
--   out person:person_id
SELECT person FROM recovery_code WHERE code_hash = :code_hash;

-- recovery_delete run
--   in person:person_id
DELETE FROM recovery_code WHERE person = :person;

-- recovery_seen run
--   in person:person_id
UPDATE recovery_code SET sealed = NULL WHERE person = :person;

-- recovery_seen_all run
--   in before:instant
UPDATE recovery_code SET sealed = NULL WHERE sealed IS NOT NULL AND created_at < :before;

-- account_sessions many 50
--   in person:person_id now:instant
--   out id:any_id kind:int method:int device:text created_at:instant
SELECT id, kind, method, device, created_at FROM session
WHERE person = :person AND expires_at > :now ORDER BY created_at DESC, id LIMIT 50;

-- account_session_end count
--   in person:person_id id:any_id
DELETE FROM session WHERE person = :person AND id = :id;
