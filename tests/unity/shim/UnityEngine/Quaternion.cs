using System;

namespace UnityEngine
{
    public struct Quaternion
    {
        public float x, y, z, w;

        public Quaternion(float x, float y, float z, float w)
        {
            this.x = x;
            this.y = y;
            this.z = z;
            this.w = w;
        }

        public static Quaternion identity => new Quaternion(0, 0, 0, 1);

        /// <summary>Degrees about z, then x, then y.</summary>
        public Vector3 eulerAngles
        {
            get
            {
                // The matrix of R = Ry Rx Rz; its third column and second row hold the angles.
                var m02 = 2 * (x * z + y * w);
                var m22 = 1 - 2 * (x * x + y * y);
                var m12 = 2 * (y * z - x * w);
                var m10 = 2 * (x * y + z * w);
                var m11 = 1 - 2 * (x * x + z * z);
                var pitch = Math.Asin(Math.Max(-1, Math.Min(1, -m12)));
                return new Vector3(Positive(pitch), Positive(Math.Atan2(m02, m22)), Positive(Math.Atan2(m10, m11)));
            }
        }

        static float Positive(double radians)
        {
            var degrees = radians * 180 / Math.PI;
            return (float)(degrees < 0 ? degrees + 360 : degrees);
        }

        public Quaternion normalized
        {
            get
            {
                var length = (float)Math.Sqrt(Dot(this, this));
                return length < 1e-6f ? identity : new Quaternion(x / length, y / length, z / length, w / length);
            }
        }

        public static Quaternion operator *(Quaternion a, Quaternion b) => new Quaternion(
            a.w * b.x + a.x * b.w + a.y * b.z - a.z * b.y,
            a.w * b.y + a.y * b.w + a.z * b.x - a.x * b.z,
            a.w * b.z + a.z * b.w + a.x * b.y - a.y * b.x,
            a.w * b.w - a.x * b.x - a.y * b.y - a.z * b.z);

        public static Vector3 operator *(Quaternion q, Vector3 v)
        {
            var axis = new Vector3(q.x, q.y, q.z);
            var doubled = 2 * Vector3.Cross(axis, v);
            return v + q.w * doubled + Vector3.Cross(axis, doubled);
        }

        public static float Dot(Quaternion a, Quaternion b) => a.x * b.x + a.y * b.y + a.z * b.z + a.w * b.w;

        public static Quaternion Inverse(Quaternion q) => new Quaternion(-q.x, -q.y, -q.z, q.w);

        public static Quaternion AngleAxis(float degrees, Vector3 axis)
        {
            var half = degrees * Math.PI / 360;
            var v = axis.normalized * (float)Math.Sin(half);
            return new Quaternion(v.x, v.y, v.z, (float)Math.Cos(half));
        }

        public static Quaternion FromToRotation(Vector3 from, Vector3 to)
        {
            var a = from.normalized;
            var b = to.normalized;
            var axis = Vector3.Cross(a, b);
            if (axis.magnitude < 1e-5f)
            {
                if (Vector3.Dot(a, b) > 0) return identity;
                var helper = Math.Abs(a.x) < 0.9f ? Vector3.right : Vector3.up;
                return AngleAxis(180, Vector3.Cross(a, helper));
            }
            return AngleAxis(Vector3.Angle(a, b), axis);
        }

        public static Quaternion Euler(float x, float y, float z) =>
            AngleAxis(y, Vector3.up) * AngleAxis(x, Vector3.right) * AngleAxis(z, Vector3.forward);

        public static Quaternion Euler(Vector3 degrees) => Euler(degrees.x, degrees.y, degrees.z);

        public static float Angle(Quaternion a, Quaternion b)
        {
            var d = Inverse(a) * b;
            return (float)(2 * Math.Atan2(Math.Sqrt(d.x * d.x + d.y * d.y + d.z * d.z), Math.Abs(d.w)) * 180 / Math.PI);
        }

        public static Quaternion Slerp(Quaternion a, Quaternion b, float t)
        {
            t = Mathf.Clamp01(t);
            var dot = Dot(a, b);
            if (dot < 0)
            {
                b = new Quaternion(-b.x, -b.y, -b.z, -b.w);
                dot = -dot;
            }
            double wa = 1 - t, wb = t;
            if (dot < 0.9999f)
            {
                var angle = Math.Acos(dot);
                wa = Math.Sin((1 - t) * angle) / Math.Sin(angle);
                wb = Math.Sin(t * angle) / Math.Sin(angle);
            }
            return new Quaternion(
                (float)(a.x * wa + b.x * wb), (float)(a.y * wa + b.y * wb),
                (float)(a.z * wa + b.z * wb), (float)(a.w * wa + b.w * wb)).normalized;
        }

        public override string ToString() => $"({x:0.000}, {y:0.000}, {z:0.000}, {w:0.000})";
    }
}
