-- A trigger that names columns does not let their types be changed, which the replaced service's migrations may want.
-- So it is told of every change and picks itself what caches keep.
DROP TRIGGER watchword_account_changed ON users;

CREATE FUNCTION watchword_tell_of_changed_account() RETURNS trigger
LANGUAGE plpgsql AS $$
BEGIN
    IF (OLD.email, OLD.full_name, OLD.is_email_verified)
       IS DISTINCT FROM (NEW.email, NEW.full_name, NEW.is_email_verified) THEN
        PERFORM pg_notify('watchword_changes', 'account:' || OLD.id);
    END IF;
    RETURN NULL;
END
$$;

CREATE TRIGGER watchword_account_changed AFTER UPDATE ON users
FOR EACH ROW EXECUTE FUNCTION watchword_tell_of_changed_account();
