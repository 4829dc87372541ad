-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- mail_insert run
--   in id:any_id address:text subject:text body:text give_up_at:instant now:instant
INSERT INTO mail (id, address, subject, body, tries, next_try_at, give_up_at, created_at)
VALUES (:id, :address, :subject, :body, 0, :now, :give_up_at, :now);

-- mail_due maybe lock
--   in now:instant
--   out id:any_id address:text subject:text body:text tries:int give_up_at:instant created_at:instant
SELECT id, address, subject, body, tries, give_up_at, created_at FROM mail
WHERE sent_at IS NULL AND next_try_at <= :now ORDER BY next_try_at, id LIMIT 1;

-- mail_take run
--   in id:any_id next_try_at:instant
UPDATE mail SET tries = tries + 1, next_try_at = :next_try_at WHERE id = :id;

-- mail_sent run
--   in id:any_id now:instant
UPDATE mail SET sent_at = :now WHERE id = :id;

-- mail_delete run
--   in id:any_id
DELETE FROM mail WHERE id = :id;

-- mail_prune count
--   in before:instant
DELETE FROM mail WHERE id IN (
  SELECT id FROM mail WHERE sent_at IS NOT NULL AND sent_at < :before ORDER BY sent_at, id LIMIT 200);

-- mail_newest many 30
--   out id:any_id address:text subject:text body:text created_at:instant
SELECT id, address, subject, body, created_at FROM mail ORDER BY id DESC LIMIT 30;
