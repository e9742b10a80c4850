// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Fields;

/// <summary>What the value of a field is, which decides how it is written and what it can be compared with.</summary>
public enum FieldKind
{
    /// <summary>Text.</summary>
    Text,

    /// <summary>One of a few fixed words.</summary>
    Word,

    /// <summary>Some of a few fixed words.</summary>
    List,

    /// <summary>A number that is written as text (MySQL's error number).</summary>
    Code,

    /// <summary>A whole number.</summary>
    Integer,

    /// <summary>A size or a count of bytes.</summary>
    Bytes,

    /// <summary>A duration, nanoseconds.</summary>
    Duration,

    /// <summary>A moment, nanoseconds since the Unix epoch; written as RFC 3339.</summary>
    Time,

    /// <summary>True or false.</summary>
    Boolean,
}
