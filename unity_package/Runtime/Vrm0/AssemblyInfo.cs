using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("AvatarBridge.Harness")]
