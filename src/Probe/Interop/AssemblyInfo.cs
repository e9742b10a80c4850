// SPDX-License-Identifier: Apache-2.0
using System.Runtime.CompilerServices;

// Every signature in this assembly is blittable; nothing may be marshalled behind our back.
[assembly: DisableRuntimeMarshalling]
