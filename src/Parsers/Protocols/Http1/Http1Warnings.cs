// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Parsers.Protocols.Http1;

/// <summary>Shapes on which two HTTP implementations may disagree (RFC 9112 section 11.2, request smuggling).</summary>
[Flags]
public enum Http1Warnings
{
    /// <summary>Nothing ambiguous.</summary>
    None = 0,

    /// <summary>Content-Length and Transfer-Encoding in one message; Transfer-Encoding was followed.</summary>
    BothLengths = 1,

    /// <summary>Several Content-Length values that differ, or one that is no number.</summary>
    BadContentLength = 2,

    /// <summary>The same Content-Length more than once.</summary>
    RepeatedContentLength = 4,

    /// <summary>A transfer coding whose last one is not chunked, or chunked more than once.</summary>
    BadTransferEncoding = 8,

    /// <summary>A header continued on the next line (obs-fold).</summary>
    ObsoleteFolding = 16,

    /// <summary>A header line without a colon, or with blanks in front of it.</summary>
    BadHeaderLine = 32,

    /// <summary>Transfer-Encoding in an HTTP/1.0 message.</summary>
    OldVersionTransferEncoding = 64,

    /// <summary>
    /// A start line that is not as RFC 9112 sections 3 and 4 write it, and that some read all the same: blanks in the
    /// target, another version or none, control characters, a status code that is not three digits.
    /// </summary>
    BadStartLine = 128,

    /// <summary>A CR without its LF inside start line or headers (RFC 9112 section 2.2): some end the line there.</summary>
    BareReturn = 256,

    /// <summary>Empty lines in front of a response, where RFC 9112 section 2.2 has none.</summary>
    LeadingEmptyLines = 512,

    /// <summary>A line between chunks or a trailer without its CR, or with a CR inside (RFC 9112 section 7.1).</summary>
    OddChunk = 1024,
}
