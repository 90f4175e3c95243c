using System.Collections.Generic;

namespace UnityEngine
{
    public struct Rect
    {
        public float x, y, width, height;

        public Rect(float x, float y, float width, float height)
        {
            this.x = x;
            this.y = y;
            this.width = width;
            this.height = height;
        }
    }

    public sealed class GUILayoutOption { }

    public sealed class GUIStyle { }

    public static class Screen
    {
        public static int width => 1280;
        public static int height => 720;
    }

    /// <summary>Draws into a list of lines, so that a test can read what people would see.</summary>
    public static class Drawn
    {
        public static readonly List<string> Lines = new List<string>();
        public static readonly HashSet<string> Pressed = new HashSet<string>();

        public static void Add(string line) => Lines.Add(line);
    }

    public static class GUI
    {
        public static GUIStyle skinBox;
        public static bool enabled { get; set; } = true;
        public static void Box(Rect position, string text) => Drawn.Add($"[box] {text}");
    }

    public static class GUILayout
    {
        public static GUILayoutOption Width(float width) => new GUILayoutOption();
        public static void Label(string text, params GUILayoutOption[] options) => Drawn.Add(text);
        public static void BeginArea(Rect area) { }
        public static void EndArea() { }
        public static void BeginHorizontal(params GUILayoutOption[] options) { }
        public static void EndHorizontal() { }
        public static void Space(float pixels) { }

        public static bool Button(string text, params GUILayoutOption[] options)
        {
            Drawn.Add($"({text})");
            return Drawn.Pressed.Contains(text);
        }

        public static float HorizontalSlider(float value, float left, float right, params GUILayoutOption[] options)
        {
            Drawn.Add($"[slider {value:0.00} of {left:0.##} to {right:0.##}]");
            return value;
        }

        public static bool Toggle(bool value, string text, params GUILayoutOption[] options)
        {
            Drawn.Add($"[{(value ? "x" : " ")}] {text}");
            return value;
        }
    }
}
