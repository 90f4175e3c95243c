using System;

namespace UnityEngine
{
    public static class Mathf
    {
        public const float PI = (float)Math.PI;
        public const float Deg2Rad = PI / 180;
        public const float Rad2Deg = 180 / PI;
        public const float Epsilon = float.Epsilon;

        public static float Clamp01(float value) => Clamp(value, 0, 1);
        public static float Clamp(float value, float min, float max) => value < min ? min : value > max ? max : value;
        public static int Clamp(int value, int min, int max) => value < min ? min : value > max ? max : value;
        public static float Max(float a, float b) => a > b ? a : b;
        public static int Max(int a, int b) => a > b ? a : b;
        public static float Min(float a, float b) => a < b ? a : b;
        public static int Min(int a, int b) => a < b ? a : b;
        public static float Abs(float value) => Math.Abs(value);
        public static float Sin(float radians) => (float)Math.Sin(radians);
        public static float Cos(float radians) => (float)Math.Cos(radians);
        public static float Acos(float value) => (float)Math.Acos(value);
        public static float Asin(float value) => (float)Math.Asin(value);
        public static float Atan2(float y, float x) => (float)Math.Atan2(y, x);
        public static float Sqrt(float value) => (float)Math.Sqrt(value);
        public static float Lerp(float a, float b, float t) => a + (b - a) * Clamp01(t);
        public static int RoundToInt(float value) => (int)Math.Round(value);
        public static float DeltaAngle(float from, float to)
        {
            var d = (to - from) % 360;
            return d > 180 ? d - 360 : d < -180 ? d + 360 : d;
        }
    }
}
