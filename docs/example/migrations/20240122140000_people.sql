-- Who works here.

CREATE TABLE staff.employee (
    id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    number integer NOT NULL UNIQUE,
    name text NOT NULL,
    email citext UNIQUE,
    manager_id integer REFERENCES staff.employee ON DELETE SET NULL,
    hired_on date NOT NULL DEFAULT CURRENT_DATE,
    left_on date,
    password_hash text,
    CONSTRAINT employee_leaves_after_hiring CHECK (left_on IS NULL OR left_on >= hired_on),
    CONSTRAINT employee_is_not_their_own_manager CHECK (manager_id <> id)
);
COMMENT ON TABLE staff.employee IS 'Everybody on the payroll, and everybody who was.';
COMMENT ON COLUMN staff.employee.email IS 'Compared without regard to case.';
COMMENT ON COLUMN staff.employee.password_hash IS 'Made by `crypt()` of pgcrypto.';

CREATE SEQUENCE staff.employee_number AS integer START WITH 1001 MAXVALUE 9999 OWNED BY staff.employee.number;
ALTER TABLE staff.employee ALTER COLUMN number SET DEFAULT nextval('staff.employee_number');
COMMENT ON SEQUENCE staff.employee_number IS 'Four digits: they have to fit onto the badge.';

CREATE TABLE staff.pilot (
    employee_id integer PRIMARY KEY REFERENCES staff.employee ON DELETE CASCADE,
    licence_number text NOT NULL UNIQUE,
    max_length port.metres
);
COMMENT ON TABLE staff.pilot IS 'An employee with a pilot''s licence. One to one.';
COMMENT ON COLUMN staff.pilot.max_length IS 'The longest vessel that the licence covers. NULL: any.';

CREATE FUNCTION staff.seconds_between(later time, earlier time) RETURNS double precision
LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS $$ SELECT extract(epoch FROM later - earlier)::double precision $$;
COMMENT ON FUNCTION staff.seconds_between(time, time) IS 'What a GiST index needs to know about staff.time_range.';

CREATE TYPE staff.time_range AS RANGE (subtype = time, subtype_diff = staff.seconds_between);
COMMENT ON TYPE staff.time_range IS 'A part of a day, such as a shift.';

CREATE TABLE staff.shift (
    employee_id integer NOT NULL REFERENCES staff.employee ON DELETE CASCADE,
    day date NOT NULL,
    hours staff.time_range NOT NULL,
    EXCLUDE USING gist (employee_id WITH =, day WITH =, hours WITH &&) DEFERRABLE INITIALLY DEFERRED
);
COMMENT ON TABLE staff.shift IS 'The roster. Two shifts may be swapped within one transaction.';

GRANT SELECT ON staff.pilot, staff.shift TO pilot_office;
GRANT SELECT (id, name, email) ON staff.employee TO pilot_office, shipping_agent;
GRANT SELECT ON staff.employee TO auditor WITH GRANT OPTION;
