// Quotes for a POSIX shell. Names and identifiers come from a source, so a
// command that people paste must be what it looks like.

export function quote(word) {
  if (/^[A-Za-z0-9_@%+=:,./-]+$/.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

// line joins words to a command that is broken before options when it is long.
export function line(words) {
  const quoted = words.map(quote);
  const whole = quoted.join(' ');
  if (whole.length <= 72) return whole;
  let out = quoted[0];
  let length = out.length;
  for (let i = 1; i < quoted.length; i++) {
    if (length > 24 && length + quoted[i].length > 68) {
      out += ` \\\n  ${quoted[i]}`;
      length = 2 + quoted[i].length;
    } else {
      out += ` ${quoted[i]}`;
      length += 1 + quoted[i].length;
    }
  }
  return out;
}
