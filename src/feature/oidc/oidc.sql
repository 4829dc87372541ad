-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- oidc_provider_by_slug maybe
--   in slug:text
--   out id:any_id slug:text label:text issuer:text client_id:text key_file:text
--       municipality:municipality_id? role:int strong_acr:text strong_amr:text
SELECT id, slug, label, issuer, client_id, key_file, municipality, role, strong_acr, strong_amr
FROM oidc_provider WHERE slug = :slug;

-- oidc_provider_get one
--   in provider:any_id
--   out like oidc_provider_by_slug
SELECT id, slug, label, issuer, client_id, key_file, municipality, role, strong_acr, strong_amr
FROM oidc_provider WHERE id = :provider;

-- oidc_provider_list many 50
--   out like oidc_provider_by_slug
SELECT id, slug, label, issuer, client_id, key_file, municipality, role, strong_acr, strong_amr
FROM oidc_provider ORDER BY label, id LIMIT 50;

-- oidc_provider_insert run
--   in id:any_id slug:text label:text issuer:text client_id:text key_file:text
--      municipality:municipality_id? role:int strong_acr:text strong_amr:text
INSERT INTO oidc_provider (id, slug, label, issuer, client_id, key_file, municipality, role,
  strong_acr, strong_amr)
VALUES (:id, :slug, :label, :issuer, :client_id, :key_file, :municipality, :role, :strong_acr,
  :strong_amr)
ON CONFLICT (slug) DO UPDATE SET label = excluded.label, issuer = excluded.issuer,
  client_id = excluded.client_id, key_file = excluded.key_file,
  municipality = excluded.municipality, role = excluded.role, strong_acr = excluded.strong_acr,
  strong_amr = excluded.strong_amr;

-- oidc_provider_subjects one
--   in provider:any_id
--   out count:int
SELECT count(*) FROM oidc_subject WHERE provider = :provider;

-- oidc_provider_delete run
--   in provider:any_id
DELETE FROM oidc_provider WHERE id = :provider;

-- oidc_linked many 50
--   in person:person_id
--   out provider:any_id
SELECT DISTINCT provider FROM oidc_subject WHERE person = :person ORDER BY provider LIMIT 50;

-- oidc_person maybe
--   in provider:any_id subject:text
--   out person:person_id
SELECT person FROM oidc_subject WHERE provider = :provider AND subject = :subject;

-- oidc_flow_insert run
--   in state_hash:bytes browser_hash:bytes provider:any_id person:person_id? next:text
--      expires_at:instant
INSERT INTO oidc_flow (state_hash, browser_hash, provider, person, next, expires_at)
VALUES (:state_hash, :browser_hash, :provider, :person, :next, :expires_at);

-- oidc_flow_get maybe lock
--   in state_hash:bytes now:instant
--   out browser_hash:bytes provider:any_id person:person_id? next:text used_at:instant?
SELECT browser_hash, provider, person, next, used_at FROM oidc_flow
WHERE state_hash = :state_hash AND expires_at > :now;

-- oidc_flow_use run
--   in state_hash:bytes now:instant
UPDATE oidc_flow SET used_at = :now WHERE state_hash = :state_hash;

-- oidc_flow_prune count
--   in now:instant
DELETE FROM oidc_flow WHERE state_hash IN (
  SELECT state_hash FROM oidc_flow WHERE expires_at <= :now ORDER BY expires_at, state_hash LIMIT 200);
