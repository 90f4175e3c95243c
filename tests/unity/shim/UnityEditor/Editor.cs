namespace UnityEditor
{
    public class Editor : UnityEngine.ScriptableObject { }
}
