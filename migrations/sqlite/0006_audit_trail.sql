-- `INSERT OR REPLACE` removes a row without asking what guards it against DELETE.
CREATE TRIGGER audit_rows_are_not_replaced BEFORE INSERT ON audit
WHEN EXISTS (SELECT 1 FROM audit WHERE id = NEW.id)
BEGIN
    SELECT RAISE(ABORT, 'audit rows are never changed');
END;
