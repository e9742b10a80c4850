// SPDX-License-Identifier: Apache-2.0
using System.IO.Compression;
using ZstdSharp;

namespace L7Trace.UnitTests.MySql;

/// <summary>How the packets of a conversation travel.</summary>
internal enum Packing
{
    Plain,
    Zlib,
    Zstd,
}

/// <summary>Makes compressed packets as the servers' and clients' libraries do.</summary>
internal static class Packed
{
    private const int WorthCompressing = 50;

    /// <summary>The capability flag of the login.</summary>
    public static uint Flag(this Packing packing) => packing switch { Packing.Zlib => 1u << 5, Packing.Zstd => 1u << 26, _ => 0 };

    /// <summary>One compressed packet; as it is where compressing does not pay, and unchanged for <see cref="Packing.Plain"/>.</summary>
    public static byte[] Pack(this Packing packing, byte[] packets, byte sequence)
    {
        if (packing == Packing.Plain)
        {
            return packets;
        }

        var body = packets.Length < WorthCompressing ? packets : Compress(packing, packets);
        return body.Length < packets.Length ? Unit(body, sequence, packets.Length) : Unit(packets, sequence, 0);
    }

    public static byte[] Unit(byte[] body, byte sequence, int inflatedLength) =>
        [(byte)body.Length, (byte)(body.Length >> 8), (byte)(body.Length >> 16), sequence,
            (byte)inflatedLength, (byte)(inflatedLength >> 8), (byte)(inflatedLength >> 16), .. body];

    public static byte[] Compress(Packing packing, byte[] bytes)
    {
        if (packing == Packing.Zstd)
        {
            using var compressor = new Compressor(3);
            return compressor.Wrap(bytes).ToArray();
        }

        using var target = new MemoryStream();
        using (var zlib = new ZLibStream(target, CompressionLevel.Optimal, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return target.ToArray();
    }
}
