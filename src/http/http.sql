-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- http_session maybe
--   in token_hash:bytes now:instant
--   out person:person_id kind:int name:text id:any_id method:int provider:any_id? strong_at:instant?
SELECT s.person, s.kind, p.name, s.id, s.method, s.provider, s.strong_at FROM session s JOIN person p ON p.id = s.person
WHERE s.token_hash = :token_hash AND s.expires_at > :now;

-- http_session_insert run
--   in token_hash:bytes id:any_id person:person_id kind:int method:int provider:any_id? device:text
--      strong_at:instant? created_at:instant expires_at:instant
INSERT INTO session (token_hash, id, person, kind, method, provider, device, strong_at, created_at,
  expires_at)
VALUES (:token_hash, :id, :person, :kind, :method, :provider, :device, :strong_at, :created_at,
  :expires_at);

-- http_session_strengthen count
--   in token_hash:bytes fresh_hash:bytes now:instant
UPDATE session SET token_hash = :fresh_hash, strong_at = :now WHERE token_hash = :token_hash;

-- http_session_end_others run
--   in person:person_id but:any_id kind:int
DELETE FROM session WHERE person = :person AND id <> :but AND kind = :kind;

-- http_rate maybe lock
--   in subject:bytes
--   out free_at:instant
SELECT free_at FROM rate WHERE subject = :subject;

-- http_rate_put run
--   in subject:bytes free_at:instant
INSERT INTO rate (subject, free_at) VALUES (:subject, :free_at)
ON CONFLICT (subject) DO UPDATE SET free_at = excluded.free_at;

-- http_rate_prune count
--   in now:instant
DELETE FROM rate WHERE subject IN (
  SELECT subject FROM rate WHERE free_at <= :now ORDER BY free_at, subject LIMIT 200);

-- http_session_delete run
--   in token_hash:bytes
DELETE FROM session WHERE token_hash = :token_hash;

-- http_session_prune count
--   in now:instant
DELETE FROM session WHERE token_hash IN (
  SELECT token_hash FROM session WHERE expires_at <= :now ORDER BY expires_at, token_hash LIMIT 200);

-- http_grants many 16
--   in person:person_id
--   out role:int scope:any_id
SELECT role, scope FROM role_grant WHERE person = :person ORDER BY role, scope LIMIT 16;

-- http_link maybe lock
--   in token_hash:bytes
--   out person:person_id expires_at:instant used_at:instant?
SELECT person, expires_at, used_at FROM sign_in_link WHERE token_hash = :token_hash;

-- http_link_insert run
--   in token_hash:bytes person:person_id expires_at:instant
INSERT INTO sign_in_link (token_hash, person, expires_at) VALUES (:token_hash, :person, :expires_at);

-- http_link_use run
--   in token_hash:bytes used_at:instant
UPDATE sign_in_link SET used_at = :used_at WHERE token_hash = :token_hash;

-- http_key maybe
--   in actor:person_id route:text key:any_id
--   out body_sha256:bytes status:int result_a:any_id? result_b:any_id?
SELECT body_sha256, status, result_a, result_b FROM idempotency
WHERE key = :key AND actor = :actor AND route = :route;

-- http_key_insert run
--   in actor:person_id route:text key:any_id body_sha256:bytes status:int result_a:any_id? result_b:any_id?
INSERT INTO idempotency (actor, route, key, body_sha256, status, result_a, result_b)
VALUES (:actor, :route, :key, :body_sha256, :status, :result_a, :result_b);

-- http_key_prune count
--   in before:any_id
DELETE FROM idempotency WHERE key IN (
  SELECT key FROM idempotency WHERE key < :before ORDER BY key, actor, route LIMIT 200);
