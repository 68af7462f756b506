/**
 * The migration that lets rework and epochs stand together: each wrote the law of messages 2 anew, and the later one forgot
 * the earlier. Appended to the list in migrations.ts, never edited.
 *
 * @module
 */

/** A rework's messages 2 are limited from the person's act on (P-71), and belong to the present epoch (P-62). */
export const REWORK_EPOCHS = `
DROP TRIGGER messages2_within_law;
CREATE TRIGGER messages2_within_law BEFORE INSERT ON messages2 WHEN NOT EXISTS (
  SELECT 1 FROM tickets t
  JOIN units u ON u.id = t.unit
  JOIN orders o ON o.id = u.order_id
  WHERE t.id = NEW.ticket AND u.state = 'keyed' AND (
    (t.closed = 0 AND u.message2_count = NEW.number AND u.epoch = t.epoch
      AND NEW.number > u.message2_before AND NEW.number - u.message2_before <= o.message2_limit
      AND t.epoch = (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'epoch'))
    -- Booked again, never given again: what an earlier epoch gave. Its number may be that of a rework, whose act is forgotten.
    OR (NEW.number <= u.message2_count AND u.presumed = 0
      AND t.epoch < (SELECT CAST(value AS INTEGER) FROM settings WHERE name = 'epoch'))
  )
)
BEGIN SELECT RAISE(ABORT, 'no message 2 without an open ticket of this epoch, a keyed unit and a number within the limit'); END;
`;
