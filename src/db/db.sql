-- SPDX-FileCopyrightText: 2026 WESH contributors
-- SPDX-License-Identifier: EUPL-1.2

-- setting_get maybe
--   in name:text
--   out value:text
SELECT value FROM setting WHERE name = :name;

-- setting_lock maybe lock
--   in name:text
--   out like setting_get
SELECT value FROM setting WHERE name = :name;

-- setting_put run
--   in name:text value:text
INSERT INTO setting (name, value) VALUES (:name, :value)
ON CONFLICT (name) DO UPDATE SET value = excluded.value;
