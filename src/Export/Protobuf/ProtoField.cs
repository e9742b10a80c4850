// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Export.Protobuf;

/// <summary>A field of a message, as its descriptor has it.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Type">What it is.</param>
/// <param name="TypeName">Full name of its message or enumeration, with a dot in front; empty for all else.</param>
internal sealed record ProtoField(string Name, ProtoType Type, string TypeName);
