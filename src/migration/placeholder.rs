//! Values put into SQL before it runs, as the frameworks do it that have placeholders.
//!
//! Pure: the values come from the caller, never from the environment, so that the same files give the same schema.

use std::collections::BTreeMap;

/// What stands in the way of putting values in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Obstacle {
    /// No value for the placeholder at this offset.
    Unknown { offset: usize, name: String },
    /// Something at this offset that the framework cannot read.
    Malformed { offset: usize, what: String },
}

/// Puts values in for every `prefix name suffix` (`${name}`), wherever it stands, as Flyway does: in comments and
/// strings too. `lookup` gets the name and says `None` for an unknown one.
pub(crate) fn expand(
    text: &str,
    prefix: &str,
    suffix: &str,
    lookup: impl Fn(&str) -> Option<String>,
) -> Result<String, Obstacle> {
    let mut out = String::with_capacity(text.len());
    let mut rest = 0;
    while let Some(start) = text[rest..].find(prefix).map(|at| rest + at) {
        let inner = start + prefix.len();
        let Some(end) = text[inner..].find(suffix).map(|at| inner + at) else { break };
        let name = &text[inner..end];
        let value = lookup(name).ok_or_else(|| Obstacle::Unknown { offset: start, name: name.to_owned() })?;
        out.push_str(&text[rest..start]);
        out.push_str(&value);
        rest = end + suffix.len();
    }
    out.push_str(&text[rest..]);
    Ok(out)
}

/// Puts variables in as a shell does: `$NAME`, `${NAME}`, `${NAME:-default}`, `${NAME-default}`, `${NAME?message}`,
/// `${NAME:offset:length}`; `$$` and `\$` are a dollar sign, `$(` stays. One line of goose under `ENVSUB ON`
/// (`mfridman/interpolate/parser.go`). Where goose would put nothing in for an unset variable, this says so.
pub(crate) fn expand_shell(line: &str, values: &BTreeMap<String, String>) -> Result<String, Obstacle> {
    let mut reader = Shell { text: line, at: 0, values };
    reader.expression(false)
}

struct Shell<'a> {
    text: &'a str,
    at: usize,
    values: &'a BTreeMap<String, String>,
}

impl Shell<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    fn malformed<T>(&self, what: &str) -> Result<T, Obstacle> {
        Err(Obstacle::Malformed { offset: self.at.min(self.text.len()), what: what.to_owned() })
    }

    /// Up to the end, or to the `}` that closes a default (which stays unread).
    fn expression(&mut self, inner: bool) -> Result<String, Obstacle> {
        let mut out = String::new();
        while let Some(char) = self.rest().chars().next() {
            let rest = self.rest();
            if inner && char == '}' {
                break;
            } else if rest.starts_with("\\\\") {
                out.push_str("\\\\");
                self.at += 2;
            } else if rest.starts_with("\\$") || rest.starts_with("$$") {
                out.push('$');
                self.at += 2;
            } else if rest.starts_with("$(") {
                out.push_str("$(");
                self.at += 2;
            } else if char == '$' && rest.len() > 1 {
                out.push_str(&self.variable()?);
            } else {
                out.push(char);
                self.at += char.len_utf8();
            }
        }
        Ok(out)
    }

    fn variable(&mut self) -> Result<String, Obstacle> {
        let start = self.at;
        self.at += 1;
        let braced = self.rest().starts_with('{');
        self.at += usize::from(braced);
        let length = self.rest().find(|c: char| !c.is_alphanumeric() && c != '_').unwrap_or(self.rest().len());
        let name = self.rest()[..length].to_owned();
        if !name.starts_with(char::is_alphabetic) {
            return self.malformed("a variable's name must start with a letter after $; write $$ for a dollar sign");
        }
        self.at += length;
        let value = self.values.get(&name).cloned();
        let unknown = || Obstacle::Unknown { offset: start, name: name.clone() };
        if !braced {
            return value.ok_or_else(unknown);
        }
        let (operator, default) = match self.rest().as_bytes() {
            [b'}', ..] => {
                self.at += 1;
                return value.ok_or_else(unknown);
            }
            [b':', b'-', ..] => (2, value.clone().filter(|value| !value.is_empty())),
            [b'-' | b'?', ..] => (1, value.clone()),
            [b':', ..] => return self.part(value.ok_or_else(unknown)?),
            _ => return self.malformed("expected }, :-, -, ? or : after the variable's name"),
        };
        let required = self.rest().starts_with('?');
        self.at += operator;
        let otherwise = self.expression(true)?;
        if !self.rest().starts_with('}') {
            return self.malformed("expected }");
        }
        self.at += 1;
        match default {
            Some(value) => Ok(value),
            None if required => Err(unknown()),
            None => Ok(otherwise),
        }
    }

    /// `:offset}` or `:offset:length}`, in bytes as goose counts them.
    fn part(&mut self, value: String) -> Result<String, Obstacle> {
        let Some(end) = self.rest().find('}') else { return self.malformed("expected }") };
        let numbers: Result<Vec<usize>, _> = self.rest()[1..end].split(':').map(|part| part.trim().parse()).collect();
        let Ok(numbers) = numbers else { return self.malformed("expected ${NAME:offset:length} with whole numbers") };
        self.at += end + 1;
        let from = numbers.first().copied().unwrap_or(0).min(value.len());
        let to = numbers.get(1).map_or(value.len(), |length| (from + length).min(value.len()));
        Ok(value.get(from..to).unwrap_or_default().to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> BTreeMap<String, String> {
        [("A", "alpha"), ("EMPTY", "")].map(|(k, v)| (k.to_owned(), v.to_owned())).into()
    }

    #[test]
    fn shell_variables() {
        let expand = |text| expand_shell(text, &values()).unwrap();
        assert_eq!(expand("x $A y ${A}_z"), "x alpha y alpha_z");
        assert_eq!(expand("${EMPTY:-d} ${EMPTY-d} ${NO:-d} ${NO-d${A}}"), "d  d dalpha");
        assert_eq!(expand(r"$$ \$A $(x) \\ ${A:1:3} ${A:2}"), r"$ $A $(x) \\ lph pha");
        assert_eq!(expand("ends with $"), "ends with $");
    }

    #[test]
    fn what_cannot_be_put_in_is_said_with_its_place() {
        let fails = |text| expand_shell(text, &values()).unwrap_err();
        assert_eq!(fails("ab ${NO} c"), Obstacle::Unknown { offset: 3, name: "NO".into() });
        assert_eq!(fails("${NO?needed}"), Obstacle::Unknown { offset: 0, name: "NO".into() });
        assert!(matches!(fails("select $1"), Obstacle::Malformed { offset: 8, .. }));
        assert!(matches!(fails("${A"), Obstacle::Malformed { .. }));
        assert!(matches!(fails("${A:-x"), Obstacle::Malformed { .. }));
    }

    #[test]
    fn braces() {
        let lookup = |name: &str| (name == "a").then(|| "1".to_owned());
        assert_eq!(expand("${a}, -- ${a}\n$a ${open", "${", "}", lookup).unwrap(), "1, -- 1\n$a ${open");
        assert_eq!(expand("x ${b}", "${", "}", lookup).unwrap_err(), Obstacle::Unknown { offset: 2, name: "b".into() });
    }
}
