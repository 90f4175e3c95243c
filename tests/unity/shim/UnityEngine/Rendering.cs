using System.Collections.Generic;

namespace UnityEngine
{
    public struct Color
    {
        public float r, g, b, a;

        public Color(float r, float g, float b, float a = 1)
        {
            this.r = r;
            this.g = g;
            this.b = b;
            this.a = a;
        }

        public static Color green => new Color(0, 1, 0);
        public static Color white => new Color(1, 1, 1);
        public static Color clear => new Color(0, 0, 0, 0);
    }

    public class Collider : Component { }

    public class Material : Object { }

    public class Renderer : Component
    {
        public Material sharedMaterial { get; set; }
    }

    public class MeshRenderer : Renderer { }

    public sealed class Mesh : Object
    {
        readonly List<string> _shapes = new List<string>();

        public int blendShapeCount => _shapes.Count;
        public string GetBlendShapeName(int index) => _shapes[index];
        public int GetBlendShapeIndex(string name) => _shapes.IndexOf(name);

        /// <summary>In place of AddBlendShapeFrame, which wants the shape itself.</summary>
        public void AddBlendShapeFrame(string name, float weight, Vector3[] vertices, Vector3[] normals, Vector3[] tangents) =>
            _shapes.Add(name);
    }

    public sealed class SkinnedMeshRenderer : Renderer
    {
        readonly Dictionary<int, float> _weights = new Dictionary<int, float>();

        public Mesh sharedMesh { get; set; }
        public float GetBlendShapeWeight(int index) => _weights.TryGetValue(index, out var weight) ? weight : 0;
        public void SetBlendShapeWeight(int index, float value) => _weights[index] = value;
    }

    public enum CameraClearFlags { Skybox = 1, SolidColor = 2, Depth = 3, Nothing = 4 }

    public sealed class Camera : Behaviour
    {
        public static Camera main => FindObjectOfType<Camera>();
        public CameraClearFlags clearFlags { get; set; } = CameraClearFlags.Skybox;
        public Color backgroundColor { get; set; }
        public bool allowHDR { get; set; } = true;
        public float fieldOfView { get; set; } = 60;
    }

    public enum LightType { Spot, Directional, Point }

    public sealed class Light : Behaviour
    {
        public LightType type { get; set; }
        public float intensity { get; set; } = 1;
    }
}
