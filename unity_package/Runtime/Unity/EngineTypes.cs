using UnityEngine;

namespace AvatarBridge
{
    /// <summary>Core values as the engine's; both use the same axes.</summary>
    internal static class EngineTypes
    {
        public static Quaternion ToEngine(this Quat q) => new Quaternion(q.X, q.Y, q.Z, q.W);

        public static Vector3 ToEngine(this Vec3 v) => new Vector3(v.X, v.Y, v.Z);
    }
}
