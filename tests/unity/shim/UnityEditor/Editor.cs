using System;
using System.Collections.Generic;
using UnityEngine;
using Object = UnityEngine.Object;

namespace UnityEditor
{
    [AttributeUsage(AttributeTargets.Class)]
    public sealed class CustomEditor : Attribute
    {
        public CustomEditor(Type inspectedType) { }
    }

    [AttributeUsage(AttributeTargets.Method)]
    public sealed class InitializeOnLoadMethodAttribute : Attribute { }

    [AttributeUsage(AttributeTargets.Method, AllowMultiple = true)]
    public sealed class MenuItem : Attribute
    {
        public MenuItem(string itemName) { }
        public MenuItem(string itemName, bool isValidateFunction) { }
        public MenuItem(string itemName, bool isValidateFunction, int priority) { }
    }

    public class Editor : ScriptableObject
    {
        public Object target { get; set; }
        public virtual void OnInspectorGUI() { }
        public virtual bool RequiresConstantRepaint() => false;

        public bool DrawDefaultInspector()
        {
            Drawn.Add($"<fields of {target.GetType().Name}>");
            return false;
        }
    }

    public class EditorWindow : ScriptableObject
    {
        public static readonly List<EditorWindow> Opened = new List<EditorWindow>();

        public static T GetWindow<T>(string title) where T : EditorWindow, new()
        {
            var window = new T { name = title };
            Opened.Add(window);
            return window;
        }

        public void Repaint() { }
    }

    public enum MessageType { None, Info, Warning, Error }

    public static class EditorGUI
    {
        public static void ProgressBar(Rect position, float value, string text) =>
            Drawn.Add($"[{new string('#', (int)(value * 20)),-20}] {text}");
    }

    public static class EditorGUILayout
    {
        public static void LabelField(string label, string value, params GUILayoutOption[] options) =>
            Drawn.Add($"{label,-14} {value}");
        public static void HelpBox(string message, MessageType type) => Drawn.Add($"[{type}] {message}");
        public static void Space() => Drawn.Add("");
        public static bool Foldout(bool open, string text)
        {
            Drawn.Add((open ? "v " : "> ") + text);
            return open;
        }
        public static Vector2 BeginScrollView(Vector2 scroll, params GUILayoutOption[] options) => scroll;
        public static void EndScrollView() { }
        public static Rect BeginHorizontal(params GUILayoutOption[] options) => default(Rect);
        public static void EndHorizontal() { }
        public static Rect GetControlRect(params GUILayoutOption[] options) => default(Rect);
        public static Object ObjectField(string label, Object value, Type type, bool allowSceneObjects, params GUILayoutOption[] options)
        {
            Drawn.Add($"{label,-14} {(value == null ? "None" : value.name)} ({type.Name})");
            return value;
        }
    }

    public static class EditorGUIUtility
    {
        public static void PingObject(Object target) { }
    }

    public static class Selection
    {
        public static GameObject activeGameObject { get; set; }
    }

    public static class Undo
    {
        public static T AddComponent<T>(GameObject target) where T : Component, new() => target.AddComponent<T>();
        public static void RecordObject(Object target, string name) { }
        public static void RegisterCreatedObjectUndo(Object target, string name) { }
        public static void RegisterFullObjectHierarchyUndo(Object target, string name) { }
    }

    public static class PlayerSettings
    {
        public static bool runInBackground { get; set; }
    }

    public static class EditorApplication
    {
        public delegate void CallbackFunction();
        public static CallbackFunction update;
    }

    public static class EditorUtility
    {
        public static string SaveFilePanelInProject(string title, string name, string extension, string message) => $"Assets/{name}.{extension}";
    }

    public static class AssetDatabase
    {
        public static readonly Dictionary<string, Object> Created = new Dictionary<string, Object>();
        public static void CreateAsset(Object asset, string path) => Created[path] = asset;
        public static void SaveAssets() { }
    }

    public static class PrefabUtility
    {
        public static string GetPrefabAssetPathOfNearestInstanceRoot(Object instance) => ModelImporter.PathOf(instance);
    }

    public class AssetImporter : Object
    {
        public static AssetImporter GetAtPath(string path) => ModelImporter.At(path);
        public void SaveAndReimport() => Reimported = true;
        public bool Reimported { get; private set; }
    }

    public enum ModelImporterAnimationType { None, Legacy, Generic, Human }

    public enum ModelImporterAvatarSetup { NoAvatar, CreateFromThisModel, CopyFromOther }

    public sealed class ModelImporter : AssetImporter
    {
        static readonly Dictionary<string, ModelImporter> Importers = new Dictionary<string, ModelImporter>();

        public ModelImporterAnimationType animationType { get; set; }
        public ModelImporterAvatarSetup avatarSetup { get; set; }
        public bool optimizeGameObjects { get; set; }

        /// <summary>Makes an object of the scene look like an instance of a model file.</summary>
        public static ModelImporter Register(Object instance) => Importers[instance.name] = new ModelImporter();
        internal static string PathOf(Object instance) => Importers.ContainsKey(instance.name) ? instance.name : "";
        internal static AssetImporter At(string path) => Importers.TryGetValue(path, out var importer) ? importer : null;
    }

    public struct EditorCurveBinding
    {
        public string path, propertyName;
        public Type type;

        public static EditorCurveBinding FloatCurve(string path, Type type, string property) =>
            new EditorCurveBinding { path = path, type = type, propertyName = property };
    }

    public static class AnimationUtility
    {
        static readonly Dictionary<AnimationClip, List<KeyValuePair<EditorCurveBinding, AnimationCurve>>> Curves =
            new Dictionary<AnimationClip, List<KeyValuePair<EditorCurveBinding, AnimationCurve>>>();

        public static void SetEditorCurve(AnimationClip clip, EditorCurveBinding binding, AnimationCurve curve)
        {
            if (!Curves.ContainsKey(clip)) Curves[clip] = new List<KeyValuePair<EditorCurveBinding, AnimationCurve>>();
            Curves[clip].Add(new KeyValuePair<EditorCurveBinding, AnimationCurve>(binding, curve));
        }

        public static EditorCurveBinding[] GetCurveBindings(AnimationClip clip) =>
            Curves[clip].ConvertAll(pair => pair.Key).ToArray();

        public static AnimationCurve GetEditorCurve(AnimationClip clip, EditorCurveBinding binding) =>
            Curves[clip].Find(pair => pair.Key.path == binding.path && pair.Key.propertyName == binding.propertyName).Value;

        public static string CalculateTransformPath(Transform target, Transform root)
        {
            var path = target == root ? "" : target.name;
            for (var t = target.parent; t != root && t != null; t = t.parent) path = t.name + "/" + path;
            return path;
        }
    }
}
