using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("AvatarBridge.Vrm0")]
[assembly: InternalsVisibleTo("AvatarBridge.Vrm10")]
[assembly: InternalsVisibleTo("AvatarBridge.Editor")]
[assembly: InternalsVisibleTo("AvatarBridge.Tests.Editor")]
[assembly: InternalsVisibleTo("AvatarBridge.Harness")]
