// SPDX-License-Identifier: Apache-2.0
namespace L7Trace.Probe.KeyLog;

/// <summary>Where a file's OpenSSL gives secrets to a key log.</summary>
/// <param name="Offset">Where its function ssl_log_secret begins in the file, bytes.</param>
/// <param name="ClientRandom">Where the client's random lies in an SSL object, bytes.</param>
internal readonly record struct SecretFunction(ulong Offset, uint ClientRandom);
