using System;

namespace AvatarBridge
{
    /// <summary>A unit quaternion x, y, z, w in Unity's left-handed axes.</summary>
    internal readonly struct Quat
    {
        // Below this angle sin(x) and x differ by less than float resolution.
        const float StraightLineDot = 0.9995f;
        const float SmallAngle = 1e-4f;
        const float NoLength = 1e-6f;

        public readonly float X, Y, Z, W;

        public Quat(float x, float y, float z, float w)
        {
            X = x;
            Y = y;
            Z = z;
            W = w;
        }

        public static Quat Identity => new Quat(0, 0, 0, 1);

        public static Quat AboutZ(float degrees)
        {
            var half = degrees * Math.PI / 360;
            return new Quat(0, 0, (float)Math.Sin(half), (float)Math.Cos(half));
        }

        public Quat Conjugate => new Quat(-X, -Y, -Z, W);

        /// <summary>The rotation b, then a.</summary>
        public static Quat operator *(Quat a, Quat b) => new Quat(
            a.W * b.X + a.X * b.W + a.Y * b.Z - a.Z * b.Y,
            a.W * b.Y - a.X * b.Z + a.Y * b.W + a.Z * b.X,
            a.W * b.Z + a.X * b.Y - a.Y * b.X + a.Z * b.W,
            a.W * b.W - a.X * b.X - a.Y * b.Y - a.Z * b.Z);

        /// <summary>Unit length; false for what is no rotation (zero, NaN, infinity).</summary>
        public static bool TryNormalize(float x, float y, float z, float w, out Quat unit)
        {
            var length = Math.Sqrt((double)x * x + (double)y * y + (double)z * z + (double)w * w);
            // Written so that NaN fails too.
            if (!(length > NoLength && length < float.MaxValue))
            {
                unit = Identity;
                return false;
            }
            var scale = 1 / length;
            unit = new Quat((float)(x * scale), (float)(y * scale), (float)(z * scale), (float)(w * scale));
            return true;
        }

        public static float Dot(Quat a, Quat b) => a.X * b.X + a.Y * b.Y + a.Z * b.Z + a.W * b.W;

        /// <summary>From a (t = 0) to b (t = 1) the short way.</summary>
        public static Quat Slerp(Quat a, Quat b, float t)
        {
            var dot = Dot(a, b);
            var sign = dot < 0 ? -1f : 1f;
            dot *= sign;
            float weightA = 1 - t, weightB = t;
            if (dot < StraightLineDot)
            {
                var angle = Math.Acos(dot);
                var scale = 1 / Math.Sin(angle);
                weightA = (float)(Math.Sin((1 - t) * angle) * scale);
                weightB = (float)(Math.Sin(t * angle) * scale);
            }
            weightB *= sign;
            TryNormalize(
                a.X * weightA + b.X * weightB, a.Y * weightA + b.Y * weightB,
                a.Z * weightA + b.Z * weightB, a.W * weightA + b.W * weightB, out var unit);
            return unit;
        }

        /// <summary>Axis times angle in radians, the short way round.</summary>
        public Vec3 ToRotationVector()
        {
            var sign = W < 0 ? -1f : 1f;
            var sine = (float)Math.Sqrt(X * X + Y * Y + Z * Z);
            var scale = sine < SmallAngle ? 2f : (float)(2 * Math.Atan2(sine, W * sign)) / sine;
            return new Vec3(X, Y, Z) * (scale * sign);
        }

        public static Quat FromRotationVector(Vec3 radians)
        {
            var angle = radians.Length;
            var scale = angle < SmallAngle ? 0.5f : (float)Math.Sin(angle * 0.5) / angle;
            TryNormalize(
                radians.X * scale, radians.Y * scale, radians.Z * scale, (float)Math.Cos(angle * 0.5),
                out var unit);
            return unit;
        }

        /// <summary>Degrees between two rotations, 0 to 180.</summary>
        public static float Angle(Quat a, Quat b) =>
            (a.Conjugate * b).ToRotationVector().Length * (float)(180 / Math.PI);

        public override string ToString() => $"({X:0.####}, {Y:0.####}, {Z:0.####}, {W:0.####})";
    }
}
