// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Where;

/// <summary>What is wrong with an expression.</summary>
/// <param name="Position">Where, characters from its beginning.</param>
/// <param name="Message">A sentence without full stop.</param>
public sealed record WhereError(int Position, string Message)
{
    private const int LineWidth = 72;

    /// <summary>The message, the part of the expression where it is, and a caret below that: three lines.</summary>
    public string Show(string expression)
    {
        ArgumentNullException.ThrowIfNull(expression);
        var position = Math.Clamp(Position, 0, expression.Length);
        var begin = Math.Max(0, position - (LineWidth / 2));
        var part = expression.AsSpan(begin, Math.Min(LineWidth, expression.Length - begin));

        // What acts on a terminal is shown as one sign each, so that the caret stays in its place.
        var shown = new char[part.Length];
        for (var i = 0; i < part.Length; i++)
        {
            shown[i] = char.IsControl(part[i]) || !TerminalText.IsSafe(part.Slice(i, 1)) ? '\u00b7' : part[i];
        }

        var before = TerminalText.WidthOf(new string(shown, 0, position - begin));
        return $"{TerminalText.Sanitize(Message)}\n    {new string(shown)}\n    {new string(' ', before)}^";
    }
}
