//! Commands for a person to paste into a shell: every word means itself.

/// A command with long options, shown one to a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Command {
    /// The program with its verbs, then each option with its values; unquoted.
    parts: Vec<Vec<String>>,
}

impl Command {
    /// `aws rds VERB --region REGION`.
    pub(super) fn rds(verb: &[&str], region: &str) -> Self {
        Self::new(&[&["aws", "rds"], verb].concat()).option("--region", region)
    }

    pub fn new(words: &[&str]) -> Self {
        Self { parts: vec![words.iter().map(|word| (*word).to_owned()).collect()] }
    }

    /// `--name value`, or `--name=value` where the value would be taken for an option.
    pub fn option(self, name: &str, value: &str) -> Self {
        if value.starts_with('-') { self.part(vec![format!("{name}={value}")]) } else { self.options(name, &[value]) }
    }

    /// The option where there is a value for it.
    pub(super) fn option_if(self, name: &str, value: Option<&str>) -> Self {
        match value {
            Some(value) => self.option(name, value),
            None => self,
        }
    }

    /// One option with several values; nothing where there are none.
    pub(super) fn options<S: AsRef<str>>(self, name: &str, values: &[S]) -> Self {
        if values.is_empty() {
            return self;
        }
        let values = values.iter().map(|value| value.as_ref().to_owned());
        self.part(std::iter::once(name.to_owned()).chain(values).collect())
    }

    pub fn flag(self, name: &str) -> Self {
        self.part(vec![name.to_owned()])
    }

    /// `--name` or `--no-name`.
    pub(super) fn switch(self, name: &str, on: bool) -> Self {
        self.flag(&format!("--{}{name}", if on { "" } else { "no-" }))
    }

    /// Words without a name.
    pub fn words(self, words: &[&str]) -> Self {
        self.part(words.iter().map(|word| (*word).to_owned()).collect())
    }

    fn part(mut self, words: Vec<String>) -> Self {
        self.parts.push(words);
        self
    }

    /// Quoted for a shell. Only words with control characters need one that knows `$'…'` (bash, zsh).
    pub fn lines(&self) -> Vec<String> {
        let parts: Vec<String> = self.parts.iter().map(|part| quoted(part)).collect();
        if parts.len() <= 3 {
            return vec![parts.join(" ")];
        }
        let last = parts.len() - 1;
        let line = |(at, part): (usize, &String)| {
            format!("{}{part}{}", if at == 0 { "" } else { "    " }, if at == last { "" } else { " \\" })
        };
        parts.iter().enumerate().map(line).collect()
    }

    /// On one line.
    pub fn line(&self) -> String {
        self.parts.iter().map(|part| quoted(part)).collect::<Vec<_>>().join(" ")
    }
}

fn quoted(words: &[String]) -> String {
    words.iter().map(|word| quote(word)).collect::<Vec<_>>().join(" ")
}

/// A word that a shell takes as it is.
pub fn quote(word: &str) -> String {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || "-_./:=@%+,".contains(letter);
    if !word.is_empty() && word.chars().all(plain) {
        return word.to_owned();
    }
    if !word.chars().any(is_unseen) {
        return format!("'{}'", word.replace('\'', r"'\''"));
    }
    let mut out = String::from("$'");
    for letter in word.chars() {
        match letter {
            '\'' | '\\' => out.extend(['\\', letter]),
            letter if is_unseen(letter) => {
                let mut bytes = [0; 4];
                // Octal, always three digits: a digit that follows belongs to nothing.
                out.extend(letter.encode_utf8(&mut bytes).bytes().map(|byte| format!("\\{byte:03o}")));
            }
            letter => out.push(letter),
        }
    }
    out.push('\'');
    out
}

/// Control characters, and those that turn the direction of text or take no room.
pub(in crate::gate) fn is_unseen(letter: char) -> bool {
    letter.is_control()
        || matches!(letter, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_that_mean_something_are_quoted() {
        assert_eq!(quote("tidegate-prod-db-0f3a"), "tidegate-prod-db-0f3a");
        assert_eq!(quote("arn:aws:rds:eu-west-1:1:snapshot:a"), "arn:aws:rds:eu-west-1:1:snapshot:a");
        assert_eq!(quote(""), "''");
        assert_eq!(quote("a b; rm -rf $HOME"), "'a b; rm -rf $HOME'");
        assert_eq!(quote("it's"), r"'it'\''s'");
        assert_eq!(quote("~"), "'~'");
        assert_eq!(quote("a\x1b[2J'\\\n7"), r"$'a\033[2J\'\\\0127'");
        assert!(!quote("a\u{202e}b").contains('\u{202e}'));
    }

    #[test]
    fn a_shell_reads_back_what_was_quoted() {
        for word in ["a b", "it's", "$(id)", "`id`", "\"", "\\", "a\nb", "a\x1b'\\7", "größe", "\u{202e}x", "*", "-n"]
        {
            let script = format!("printf %s {}", quote(word));
            let output = std::process::Command::new("bash").args(["-c", &script]).output().unwrap();
            assert_eq!(String::from_utf8(output.stdout).unwrap(), word);
        }
    }

    #[test]
    fn a_long_command_goes_over_lines() {
        let command = Command::rds(&["wait", "x"], "eu-west-1").option("--a", "1").options("--b", &["2", "3"]);
        assert_eq!(
            command.lines().join("\n"),
            "aws rds wait x \\\n    --region eu-west-1 \\\n    --a 1 \\\n    --b 2 3"
        );
        assert_eq!(Command::new(&["x"]).option("--env", "-y").line(), "x --env=-y");
    }
}
