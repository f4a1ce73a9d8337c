-- Types that hold their text. Nothing here computes: it declares what migrations of pgvector refer to.
CREATE TYPE vector;
CREATE FUNCTION vector_in(cstring, oid, integer) RETURNS vector LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION vector_out(vector) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE FUNCTION vector_typmod_in(cstring[]) RETURNS integer LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodin';
CREATE FUNCTION vector_typmod_out(integer) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'varchartypmodout';
CREATE TYPE vector (INPUT = vector_in, OUTPUT = vector_out, TYPMOD_IN = vector_typmod_in, TYPMOD_OUT = vector_typmod_out,
    INTERNALLENGTH = VARIABLE, STORAGE = external);

CREATE TYPE halfvec;
CREATE FUNCTION halfvec_in(cstring, oid, integer) RETURNS halfvec LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION halfvec_out(halfvec) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE halfvec (INPUT = halfvec_in, OUTPUT = halfvec_out, TYPMOD_IN = vector_typmod_in,
    TYPMOD_OUT = vector_typmod_out, INTERNALLENGTH = VARIABLE, STORAGE = external);

CREATE TYPE sparsevec;
CREATE FUNCTION sparsevec_in(cstring, oid, integer) RETURNS sparsevec LANGUAGE internal IMMUTABLE STRICT AS 'textin';
CREATE FUNCTION sparsevec_out(sparsevec) RETURNS cstring LANGUAGE internal IMMUTABLE STRICT AS 'textout';
CREATE TYPE sparsevec (INPUT = sparsevec_in, OUTPUT = sparsevec_out, TYPMOD_IN = vector_typmod_in,
    TYPMOD_OUT = vector_typmod_out, INTERNALLENGTH = VARIABLE, STORAGE = external);

CREATE CAST (vector AS halfvec) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (halfvec AS vector) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (vector AS sparsevec) WITHOUT FUNCTION AS IMPLICIT;
CREATE CAST (sparsevec AS vector) WITHOUT FUNCTION AS ASSIGNMENT;
CREATE CAST (text AS vector) WITH INOUT AS ASSIGNMENT;

CREATE FUNCTION array_to_vector(double precision[], integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION array_to_vector(real[], integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION array_to_vector(integer[], integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION array_to_vector(numeric[], integer, boolean) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION vector_to_float4(vector, integer, boolean) RETURNS real[] LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::real[]';
CREATE CAST (double precision[] AS vector) WITH FUNCTION array_to_vector(double precision[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (real[] AS vector) WITH FUNCTION array_to_vector(real[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (integer[] AS vector) WITH FUNCTION array_to_vector(integer[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (numeric[] AS vector) WITH FUNCTION array_to_vector(numeric[], integer, boolean) AS ASSIGNMENT;
CREATE CAST (vector AS real[]) WITH FUNCTION vector_to_float4(vector, integer, boolean) AS IMPLICIT;

CREATE FUNCTION l2_distance(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE FUNCTION inner_product(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE FUNCTION cosine_distance(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE FUNCTION l1_distance(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE FUNCTION vector_negative_inner_product(vector, vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE FUNCTION vector_dims(vector) RETURNS integer LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::integer';
CREATE FUNCTION vector_norm(vector) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE FUNCTION l2_normalize(vector) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION binary_quantize(vector) RETURNS bit LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::bit';
CREATE FUNCTION subvector(vector, integer, integer) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION vector_add(vector, vector) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION vector_sub(vector, vector) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION vector_mul(vector, vector) RETURNS vector LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::vector';
CREATE FUNCTION halfvec_distance(halfvec, halfvec) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE FUNCTION sparsevec_distance(sparsevec, sparsevec) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE FUNCTION bit_distance(bit, bit) RETURNS double precision LANGUAGE sql IMMUTABLE STRICT AS 'SELECT NULL::double precision';
CREATE AGGREGATE avg (vector) (SFUNC = vector_add, STYPE = vector);
CREATE AGGREGATE sum (vector) (SFUNC = vector_add, STYPE = vector);

CREATE OPERATOR <-> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = l2_distance, COMMUTATOR = <->);
CREATE OPERATOR <#> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_negative_inner_product, COMMUTATOR = <#>);
CREATE OPERATOR <=> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = cosine_distance, COMMUTATOR = <=>);
CREATE OPERATOR <+> (LEFTARG = vector, RIGHTARG = vector, FUNCTION = l1_distance, COMMUTATOR = <+>);
CREATE OPERATOR + (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_add, COMMUTATOR = +);
CREATE OPERATOR - (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_sub);
CREATE OPERATOR * (LEFTARG = vector, RIGHTARG = vector, FUNCTION = vector_mul, COMMUTATOR = *);
CREATE OPERATOR <-> (LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_distance, COMMUTATOR = <->);
CREATE OPERATOR <#> (LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_distance, COMMUTATOR = <#>);
CREATE OPERATOR <=> (LEFTARG = halfvec, RIGHTARG = halfvec, FUNCTION = halfvec_distance, COMMUTATOR = <=>);
CREATE OPERATOR <-> (LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_distance, COMMUTATOR = <->);
CREATE OPERATOR <#> (LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_distance, COMMUTATOR = <#>);
CREATE OPERATOR <=> (LEFTARG = sparsevec, RIGHTARG = sparsevec, FUNCTION = sparsevec_distance, COMMUTATOR = <=>);
CREATE OPERATOR <~> (LEFTARG = bit, RIGHTARG = bit, FUNCTION = bit_distance, COMMUTATOR = <~>);
CREATE OPERATOR <%> (LEFTARG = bit, RIGHTARG = bit, FUNCTION = bit_distance, COMMUTATOR = <%>);

-- The handler of another access method serves: it calls none of an operator class's functions for a few rows, and for
-- many the one that is given raises an error.
CREATE ACCESS METHOD ivfflat TYPE INDEX HANDLER gisthandler;
CREATE ACCESS METHOD hnsw TYPE INDEX HANDLER gisthandler;
DO $do$
DECLARE class text[];
BEGIN
    FOREACH class SLICE 1 IN ARRAY ARRAY[
        ['vector_l2_ops', 'DEFAULT', 'vector', 'ivfflat'],
        ['vector_ip_ops', '', 'vector', 'ivfflat'],
        ['vector_cosine_ops', '', 'vector', 'ivfflat'],
        ['halfvec_l2_ops', 'DEFAULT', 'halfvec', 'ivfflat'],
        ['halfvec_ip_ops', '', 'halfvec', 'ivfflat'],
        ['halfvec_cosine_ops', '', 'halfvec', 'ivfflat'],
        ['bit_hamming_ops', 'DEFAULT', 'bit', 'ivfflat'],
        ['vector_l2_ops', '', 'vector', 'hnsw'],
        ['vector_ip_ops', '', 'vector', 'hnsw'],
        ['vector_cosine_ops', '', 'vector', 'hnsw'],
        ['vector_l1_ops', '', 'vector', 'hnsw'],
        ['halfvec_l2_ops', '', 'halfvec', 'hnsw'],
        ['halfvec_ip_ops', '', 'halfvec', 'hnsw'],
        ['halfvec_cosine_ops', '', 'halfvec', 'hnsw'],
        ['halfvec_l1_ops', '', 'halfvec', 'hnsw'],
        ['sparsevec_l2_ops', '', 'sparsevec', 'hnsw'],
        ['sparsevec_ip_ops', '', 'sparsevec', 'hnsw'],
        ['sparsevec_cosine_ops', '', 'sparsevec', 'hnsw'],
        ['bit_hamming_ops', '', 'bit', 'hnsw'],
        ['bit_jaccard_ops', '', 'bit', 'hnsw']
    ] LOOP
        EXECUTE format('CREATE OPERATOR CLASS %I %s FOR TYPE %s USING %I AS FUNCTION 1 trigger_in(cstring), '
            'FUNCTION 2 trigger_in(cstring), FUNCTION 5 trigger_in(cstring), FUNCTION 6 trigger_in(cstring), '
            'FUNCTION 7 trigger_in(cstring)', class[1], class[2], class[3], class[4]);
    END LOOP;
END
$do$;
