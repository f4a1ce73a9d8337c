//! Functions, procedures and aggregates. Constructors that come with a range type are not listed.

use tokio_postgres::Row;

use super::acl::Grantable;
use super::build::{Build, class, pair, spoken};
use super::cells::Cells;
use crate::schema::name::quote_ident;
use crate::schema::{About, Aggregate, Argument, ArgumentMode, MovingAggregate, QualifiedName, Routine, RoutineKind};

pub(super) fn sql(server: u32) -> String {
    let (has_body, body) = if server >= 140_000 {
        ("p.prosqlbody IS NOT NULL", "CASE WHEN p.prosqlbody IS NOT NULL THEN pg_get_function_sqlbody(p.oid) END")
    } else {
        ("false", "NULL::text")
    };
    // PostgreSQL 14 began to write IN before the arguments of procedures.
    let identity = if server >= 140_000 {
        "pg_get_function_identity_arguments(p.oid)"
    } else {
        "CASE WHEN p.prokind <> 'p' THEN pg_get_function_identity_arguments(p.oid) ELSE (SELECT coalesce(string_agg(
    CASE p.proargmodes[u.at] WHEN 'b' THEN 'INOUT ' WHEN 'v' THEN 'VARIADIC ' ELSE 'IN ' END
    || coalesce(quote_ident(nullif(p.proargnames[u.at], '')) || ' ', '') || format_type(u.type, NULL), ', '
    ORDER BY u.at), '') FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
    WITH ORDINALITY AS u(type, at)) END"
    };
    let function = |oid: &str| {
        format!(
            "(SELECT ARRAY[n.nspname::text, f.proname::text] FROM pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace \
             WHERE f.oid = {oid})"
        )
    };
    format!(
        "\
SELECT p.oid, p.pronamespace, p.proname::text, p.prokind::text, p.proowner, p.proacl::text[],
  {identity}, pg_get_function_result(p.oid), p.proparallel::text,
  ARRAY(SELECT format_type(u.type, NULL) FROM unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]))
    WITH ORDINALITY AS u(type, at) ORDER BY u.at),
  p.proargmodes::text[], p.proargnames,
  CASE WHEN p.pronargdefaults > 0 THEN ARRAY(SELECT pg_get_function_arg_default(p.oid, k.at) FROM generate_series(1,
    cardinality(coalesce(p.proallargtypes, p.proargtypes::oid[]))) AS k(at) ORDER BY k.at) END,
  l.lanname::text, p.provolatile::text, p.proisstrict, p.proleakproof, p.prosecdef, p.procost::text, p.prorows::text,
  p.proretset, p.proconfig, p.prosrc, {has_body}, {body},
  a.aggkind::text, format_type(a.aggtranstype, NULL), {transition}, {last}, {combine}, a.agginitval,
  CASE WHEN a.aggsortop <> 0 THEN (SELECT ARRAY[n.nspname::text, o.oprname::text] FROM pg_operator o
    JOIN pg_namespace n ON n.oid = o.oprnamespace WHERE o.oid = a.aggsortop) END,
  a.aggfinalextra, a.aggfinalmodify::text, a.aggtransspace, {moving}, {inverse}, {moving_last},
  format_type(nullif(a.aggmtranstype, 0), NULL), a.aggmfinalextra, a.aggmfinalmodify::text, a.aggminitval,
  a.aggmtransspace, p.probin
FROM pg_proc p
JOIN pg_language l ON l.oid = p.prolang
LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE p.oid >= 16384 AND NOT EXISTS (SELECT FROM pg_depend d
  WHERE d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'i')",
        transition = function("a.aggtransfn"),
        last = function("a.aggfinalfn"),
        combine = function("a.aggcombinefn"),
        moving = function("a.aggmtransfn"),
        inverse = function("a.aggminvtransfn"),
        moving_last = function("a.aggmfinalfn"),
    )
}

pub(super) fn read(rows: &[Row], build: &mut Build<'_>) -> Result<(), tokio_postgres::Error> {
    for row in rows {
        let mut cells = Cells::new(row);
        let oid: u32 = cells.next()?;
        let namespace = cells.next()?;
        let Some(name) = build.name(namespace, cells.next()?) else { continue };
        let kind: &str = cells.next()?;
        let owner = cells.next()?;
        let acl: Option<Vec<String>> = cells.next()?;
        let about = build.about(class::ROUTINE, oid, owner, acl.as_deref(), Grantable::Routine);
        let identity = build.required(cells.next()?, || format!("routine {name}"));
        let returns: Option<String> = cells.next()?;
        let parallel = match cells.next()? {
            "s" => Some("safe".to_owned()),
            "r" => Some("restricted".to_owned()),
            _ => None,
        };
        if kind == "a" {
            let returns = build.required(returns, || format!("aggregate {name}"));
            for _ in 0..16 {
                cells.skip();
            }
            let aggregate =
                aggregate(&mut cells, Aggregate { name, identity, about, returns, parallel, ..Aggregate::default() })?;
            build.schema.aggregates.push(aggregate);
            continue;
        }
        let returns = (kind != "p").then(|| build.required(returns, || format!("function {name}")));
        let known = Routine {
            kind: if kind == "p" { RoutineKind::Procedure } else { RoutineKind::Function },
            window: kind == "w",
            ..known(name, identity, about, returns, parallel)
        };
        let mut routine = routine(&mut cells, build, known)?;
        if routine.language == "c" && routine.about.extension.is_none() {
            routine.library = row.try_get(row.len() - 1)?;
        }
        build.schema.routines.push(routine);
    }
    Ok(())
}

fn known(
    name: QualifiedName,
    identity: String,
    about: About,
    returns: Option<String>,
    parallel: Option<String>,
) -> Routine {
    Routine { name, identity, about, returns, parallel, ..Routine::default() }
}

/// Reads on after `proparallel`.
fn routine(cells: &mut Cells<'_>, build: &mut Build<'_>, known: Routine) -> Result<Routine, tokio_postgres::Error> {
    let arguments = arguments(cells)?;
    let language: String = cells.next()?;
    let volatility = match cells.next()? {
        "i" => Some("immutable".to_owned()),
        "s" => Some("stable".to_owned()),
        _ => None,
    };
    let strict = cells.next()?;
    let leakproof = cells.next()?;
    let security_definer = cells.next()?;
    let cost: String = cells.next()?;
    let rows: String = cells.next()?;
    let returns_set: bool = cells.next()?;
    let settings: Option<Vec<String>> = cells.next()?;
    let source: String = cells.next()?;
    let standard: bool = cells.next()?;
    let standard_body: Option<String> = cells.next()?;
    let body = if standard { build.required(standard_body, || format!("routine {}", known.name)) } else { source };
    let usual_cost = if matches!(language.as_str(), "c" | "internal") { "1" } else { "100" };
    let usual_rows = if returns_set { "1000" } else { "0" };
    Ok(Routine {
        arguments,
        volatility,
        strict,
        leakproof,
        security_definer,
        cost: (cost != usual_cost).then_some(cost),
        rows: (rows != usual_rows).then_some(rows),
        settings: settings.unwrap_or_default(),
        body,
        language,
        ..known
    })
}

/// Four cells: types, modes, names, defaults. Modes and names are absent where all arguments are `IN`, or nameless.
fn arguments(cells: &mut Cells<'_>) -> Result<Vec<Argument>, tokio_postgres::Error> {
    let types: Vec<Option<String>> = cells.next()?;
    let modes: Option<Vec<String>> = cells.next()?;
    let names: Option<Vec<String>> = cells.next()?;
    let defaults: Option<Vec<Option<String>>> = cells.next()?;
    let argument = |(at, data_type): (usize, Option<String>)| {
        let mode = match modes.as_ref().and_then(|modes| modes.get(at)).map(String::as_str) {
            Some("o") => ArgumentMode::Out,
            Some("b") => ArgumentMode::InOut,
            Some("v") => ArgumentMode::Variadic,
            Some("t") => ArgumentMode::Table,
            _ => ArgumentMode::In,
        };
        Argument {
            name: names.as_ref().and_then(|names| names.get(at)).filter(|name| !name.is_empty()).cloned(),
            data_type: data_type.unwrap_or_default(),
            mode,
            default: defaults.as_ref().and_then(|defaults| defaults.get(at)).cloned().flatten(),
        }
    };
    Ok(types.into_iter().enumerate().map(argument).collect())
}

/// Reads on at `aggkind`.
fn aggregate(cells: &mut Cells<'_>, known: Aggregate) -> Result<Aggregate, tokio_postgres::Error> {
    let kind = match cells.next()? {
        "o" => Some("ordered_set".to_owned()),
        "h" => Some("hypothetical".to_owned()),
        _ => None,
    };
    let state_type = cells.next()?;
    let mut function = || Ok::<_, tokio_postgres::Error>(pair(cells.next()?).map(|name| spoken(&name)));
    let transition_function = function()?.unwrap_or_default();
    let final_function = function()?;
    let combine_function = function()?;
    let initial_value = cells.next()?;
    let sort_operator = pair(cells.next()?).map(|name| match name.schema.as_str() {
        "pg_catalog" => name.name,
        schema => format!("{}.{}", quote_ident(schema), name.name),
    });
    let final_function_extra = cells.next()?;
    let final_function_modify = modify(cells.next()?, kind.as_deref());
    let state_space = cells.next()?;
    let moving = moving(cells, kind.as_deref())?;
    Ok(Aggregate {
        transition_function,
        state_type,
        final_function,
        combine_function,
        initial_value,
        sort_operator,
        kind,
        final_function_extra,
        final_function_modify,
        state_space,
        moving,
        ..known
    })
}

/// Reads on at the moving transition function.
fn moving(cells: &mut Cells<'_>, kind: Option<&str>) -> Result<Option<MovingAggregate>, tokio_postgres::Error> {
    let mut function = || Ok::<_, tokio_postgres::Error>(pair(cells.next()?).map(|name| spoken(&name)));
    let (transition_function, inverse_function, final_function) = (function()?, function()?, function()?);
    let state_type: Option<String> = cells.next()?;
    let final_function_extra = cells.next()?;
    let final_function_modify = modify(cells.next()?, kind);
    let initial_value = cells.next()?;
    let state_space = cells.next()?;
    Ok(transition_function.map(|transition_function| MovingAggregate {
        transition_function,
        inverse_function: inverse_function.unwrap_or_default(),
        state_type: state_type.unwrap_or_default(),
        final_function,
        final_function_extra,
        final_function_modify,
        initial_value,
        state_space,
    }))
}

/// The default is `READ_ONLY` for ordinary aggregates and `READ_WRITE` for the others.
fn modify(letter: &str, kind: Option<&str>) -> Option<String> {
    match (letter, kind) {
        ("r", Some(_)) => Some("read_only"),
        ("s", _) => Some("shareable"),
        ("w", None) => Some("read_write"),
        _ => None,
    }
    .map(str::to_owned)
}
