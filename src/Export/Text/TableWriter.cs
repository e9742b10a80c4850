// SPDX-License-Identifier: Apache-2.0
using System.Text;

namespace L7Trace.Export.Text;

/// <summary>
/// A table in plain aligned text: no lines, no wrapping, no width that is assumed. Only the last column may be cut, and
/// only when a width is given. Cells pass <see cref="TerminalText"/>.
/// </summary>
public sealed class TableWriter
{
    private readonly string[] _headers;
    private readonly bool[] _right;
    private readonly List<string[]> _rows = [];

    /// <summary>Makes an empty table.</summary>
    /// <param name="headers">Headers; one that begins with "&gt;" is of a column aligned to the right.</param>
    public TableWriter(params ReadOnlySpan<string> headers)
    {
        _headers = new string[headers.Length];
        _right = new bool[headers.Length];
        for (var i = 0; i < headers.Length; i++)
        {
            _right[i] = headers[i].StartsWith('>');
            _headers[i] = _right[i] ? headers[i][1..] : headers[i];
        }
    }

    /// <summary>Rows so far.</summary>
    public int Count => _rows.Count;

    /// <summary>Adds a row; as many cells as there are headers.</summary>
    public void Add(params ReadOnlySpan<string> cells)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(cells.Length, _headers.Length);
        var row = new string[cells.Length];
        for (var i = 0; i < cells.Length; i++)
        {
            row[i] = TerminalText.Sanitize(cells[i]);
        }

        _rows.Add(row);
    }

    /// <summary>Writes the table.</summary>
    /// <param name="output">Where it goes.</param>
    /// <param name="width">Columns of the screen, 0 when there is no limit (a pipe, a file).</param>
    public void Write(TextWriter output, int width = 0)
    {
        ArgumentNullException.ThrowIfNull(output);
        var widths = new int[_headers.Length];
        foreach (var row in _rows.Prepend(_headers))
        {
            for (var i = 0; i < row.Length; i++)
            {
                widths[i] = Math.Max(widths[i], TerminalText.WidthOf(row[i]));
            }
        }

        var line = new StringBuilder();
        foreach (var row in _rows.Prepend(_headers))
        {
            line.Clear();
            AppendRow(line, row, widths, width);
            output.Write(line.Append('\n'));
        }
    }

    private void AppendRow(StringBuilder line, string[] row, int[] widths, int width)
    {
        var used = 0;
        for (var i = 0; i < row.Length; i++)
        {
            var last = i == row.Length - 1;
            var padding = widths[i] - TerminalText.WidthOf(row[i]);
            if (_right[i])
            {
                line.Append(' ', padding).Append(row[i]);
            }
            else if (last)
            {
                line.Append(width > 0 ? TerminalText.Fit(row[i], Math.Max(20, width - used)) : row[i]);
            }
            else
            {
                line.Append(row[i]).Append(' ', padding);
            }

            if (!last)
            {
                line.Append("  ");
                used += widths[i] + 2;
            }
        }
    }
}
