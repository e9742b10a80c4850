// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.Follow;

/// <summary>
/// Takes the lines of one message: marks each as the client's or the server's, makes it safe for a terminal, and bounds them,
/// because little input can make much text. Not thread-safe.
/// </summary>
public sealed class BodyLines
{
    /// <summary>Characters of one body at most.</summary>
    public const int MaxBody = 4 * 1024 * 1024;

    private readonly TextWriter _output;
    private readonly string _mark;
    private readonly StringBuilder _line = new();
    private long _left = MaxBody;

    /// <summary>Makes one.</summary>
    /// <param name="output">Where lines go.</param>
    /// <param name="mark">What stands in front of each: "&gt;" or "&lt;".</param>
    public BodyLines(TextWriter output, string mark)
    {
        ArgumentNullException.ThrowIfNull(output);
        _output = output;
        _mark = mark;
    }

    /// <summary>No more can be written: what follows is left out.</summary>
    public bool IsFull => _left <= 0;

    /// <summary>Appends to the current line; captured text as it is. False: there is no more room.</summary>
    public bool Append(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        if (IsFull)
        {
            return false;
        }

        _left -= text.Length;
        _line.Append(text);
        return true;
    }

    /// <summary>Ends the current line.</summary>
    public void EndLine()
    {
        _left--;
        var text = Safe(_line.ToString());
        _line.Clear();
        _output.Write(text.Length == 0 ? _mark + "\n" : $"{_mark} {text}\n");
    }

    /// <summary>A whole line of captured text, in which line ends are no line ends. False: there is no more room.</summary>
    public bool Line(string text)
    {
        if (!Append(text))
        {
            return false;
        }

        EndLine();
        return true;
    }

    /// <summary>Lines of captured text: CRLF, LF and CR end one each. False: there is no more room.</summary>
    public bool Lines(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        foreach (var line in text.AsSpan().EnumerateLines())
        {
            if (!Line(line.ToString()))
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>
    /// What l7trace itself has to say of the message; always has room. A captured line can't be taken for one, since they begin
    /// with another mark.
    /// </summary>
    public void Note(string text)
    {
        if (_line.Length > 0)
        {
            EndLine();
        }

        _output.Write($"* {Safe(text)}\n");
    }

    // A tab does no harm, and text is full of them.
    private static string Safe(string text) => TerminalText.IsSafe(text) ? text
        : string.Join('\t', text.Split('\t').Select(TerminalText.Sanitize));
}
