using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("AvatarBridge.Tests.Editor")]
[assembly: InternalsVisibleTo("AvatarBridge.Harness")]
