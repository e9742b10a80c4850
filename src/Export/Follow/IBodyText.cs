// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Follow;

/// <summary>
/// Makes one kind of body readable for <c>l7trace follow</c>. <see cref="BodyTexts"/> asks one after the other; whoever adds a
/// kind adds a line there.
/// </summary>
public interface IBodyText
{
    /// <summary>
    /// Writes the body and returns true, or writes nothing and returns false when it is of another kind. Bytes are hostile:
    /// nothing may be thrown, and no more kept than is written. Where <see cref="ShownBody.ShowsSecrets"/> is false, only the
    /// shape may be written, no value. <see cref="BodyLines"/> makes lines safe and bounds them.
    /// </summary>
    bool TryWrite(ShownBody body, BodyLines lines);
}
