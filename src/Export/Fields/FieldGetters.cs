// SPDX-License-Identifier: Apache-2.0
using L7Trace.Parsers.Model;

namespace L7Trace.Export.Fields;

/// <summary>The text of a field; null when it is not known.</summary>
internal delegate string? TextOf(FieldContext context, Exchange exchange);

/// <summary>Writes the text of a field into a buffer of <see cref="ExchangeField.BufferSize"/>; empty when it is not known.</summary>
internal delegate ReadOnlySpan<char> FormattedOf(Exchange exchange, Span<char> buffer);

/// <summary>The number of a field; null when it is not known.</summary>
internal delegate ulong? NumberOf(FieldContext context, Exchange exchange);

/// <summary>Names and texts of a family of fields, of which the last of a name counts; a null text is SQL's NULL.</summary>
internal delegate IReadOnlyList<KeyValuePair<string, string?>>? MembersOf(FieldContext context, Exchange exchange);

/// <summary>The words of a list; null when it is not known.</summary>
internal delegate IEnumerable<string>? ListOf(Exchange exchange);

/// <summary>Whether it is so; null when that is not known.</summary>
internal delegate bool? FlagOf(Exchange exchange);
