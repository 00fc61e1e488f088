//! The compact tree of an expression: nodes in one vector, children in another, texts by position.
//!
//! Built by both dialects' parsers through a [`Draft`], whose nodes can still be regrouped; read by
//! the evaluator, the describer and the validator. Never changes once it is made.

use std::collections::HashMap;
use std::sync::OnceLock;

use super::civil::Date;
use super::error::{ParseError, ParseProblem};
use super::function::Function;
use super::item::{Item, ItemKind, ItemProblem, Tag, WrittenGroup};
use super::modifier::{Modifier, Modifiers};
use super::pattern::Pattern;
use crate::limits::{EXPRESSION_DEPTH_MAX, EXPRESSION_NODES_MAX};

/// Binary operators, in the Kotlin dialect's order of binding, strongest first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum BinaryOperator {
    Power,
    Multiply,
    Divide,
    Modulo,
    Add,
    Subtract,
    Less,
    Greater,
    LessOrEqual,
    GreaterOrEqual,
    Equal,
    NotEqual,
    And,
    Or,
}

pub(super) const BINARY_OPERATORS: [(BinaryOperator, &str); 16] = [
    (BinaryOperator::Power, "^"),
    (BinaryOperator::Multiply, "*"),
    (BinaryOperator::Divide, "/"),
    (BinaryOperator::Modulo, "%"),
    (BinaryOperator::Add, "+"),
    (BinaryOperator::Subtract, "-"),
    (BinaryOperator::Less, "<"),
    (BinaryOperator::Greater, ">"),
    (BinaryOperator::LessOrEqual, "<="),
    (BinaryOperator::GreaterOrEqual, ">="),
    (BinaryOperator::Equal, "=="),
    (BinaryOperator::NotEqual, "!="),
    (BinaryOperator::And, "&&"),
    (BinaryOperator::And, "and"),
    (BinaryOperator::Or, "||"),
    (BinaryOperator::Or, "or"),
];

/// Unary operators, in the order in which the Kotlin dialect groups them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum UnaryOperator {
    Plus,
    Minus,
    Not,
    Distinct,
}

/// Where a variable comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(super) enum VariableSource {
    /// `#{name}`, `A{name}`, or a name in quotes.
    Rule,
    /// `V{name}`.
    Program,
    /// `VAR{name}`.
    Intent,
}

/// What a node is.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Kind {
    Parentheses,
    Argument,
    Function(Function),
    Modifier(Modifier),
    Item(ItemKind),
    Variable(VariableSource),
    Binary(BinaryOperator),
    Unary(UnaryOperator),
    Number(f64),
    Integer(i32),
    /// A text; its index among the decoded texts if it holds escapes.
    Text(Option<usize>),
    Date(Date),
    Uid,
    /// A name, a tag, the name of a reporting rate or of an aggregation type.
    Identifier(Option<Tag>),
    Named,
    Boolean(bool),
    Null,
}

/// A stretch of the source text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span {
    pub start: u32,
    pub end: u32,
}

impl Span {
    pub fn new(start: usize, end: usize) -> Self {
        // The length of an expression is limited far below 32 bits.
        Self { start: start as u32, end: end as u32 }
    }

    pub fn of(self, source: &str) -> &str {
        source.get(self.start as usize..self.end as usize).unwrap_or_default()
    }
}

pub(super) type NodeId = u32;

/// A node that may still get children and modifiers.
#[derive(Debug)]
pub(super) struct DraftNode {
    pub kind: Kind,
    pub span: Span,
    pub children: Vec<NodeId>,
    pub modifiers: Vec<NodeId>,
}

/// A tree in the making.
#[derive(Debug, Default)]
pub(super) struct Draft {
    pub nodes: Vec<DraftNode>,
    pub texts: Vec<String>,
}

impl Draft {
    pub fn add(&mut self, kind: Kind, span: Span) -> Result<NodeId, ParseError> {
        if self.nodes.len() >= EXPRESSION_NODES_MAX {
            return Err(ParseProblem::TooLong.at(span.start as usize));
        }
        self.nodes.push(DraftNode { kind, span, children: Vec::new(), modifiers: Vec::new() });
        Ok((self.nodes.len() - 1) as NodeId)
    }

    pub fn node(&self, id: NodeId) -> &DraftNode {
        &self.nodes[id as usize]
    }

    pub fn node_mut(&mut self, id: NodeId) -> &mut DraftNode {
        &mut self.nodes[id as usize]
    }

    /// Every node below and including `root`, parents before their children.
    pub fn below(&self, root: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            found.push(id);
            waiting.extend(self.node(id).children.iter().rev());
        }
        found
    }
}

/// A node of the finished tree.
#[derive(Debug, Clone)]
pub(super) struct Node {
    pub kind: Kind,
    pub span: Span,
    first: u32,
    count: u32,
    /// Index among the references, or among the items, for variables and items.
    pub slot: u32,
    /// For a binary operator that is the left operand of another: that other one.
    pub up: Option<NodeId>,
}

/// A finished tree. Node 0 is the root.
#[derive(Debug, Clone)]
pub(super) struct Tree {
    pub nodes: Vec<Node>,
    links: Vec<NodeId>,
    /// The same children behind the parentheses and arguments that only wrap them.
    operands: Vec<NodeId>,
    pub texts: Vec<String>,
    /// Items by node slot, with the slot of their variable name.
    pub items: Vec<(Result<Item, ItemProblem>, usize)>,
    /// Written modifiers of items and variables by node.
    pub modifiers: Vec<(NodeId, Vec<NodeId>)>,
    /// Names of variables and items, each once.
    pub references: Vec<String>,
    /// Compiled patterns of `d2:validatePattern` by node; made when first needed.
    patterns: Vec<(NodeId, OnceLock<Result<Pattern, String>>)>,
}

impl Tree {
    /// Finishes a draft.
    ///
    /// # Errors
    /// [`ParseProblem::TooDeep`] if walking it could exhaust a stack.
    pub fn finish(draft: &Draft, root: NodeId, source: &str) -> Result<Self, ParseError> {
        let mut tree = Self {
            nodes: Vec::with_capacity(draft.nodes.len()),
            links: Vec::new(),
            operands: Vec::new(),
            texts: draft.texts.clone(),
            items: Vec::new(),
            modifiers: Vec::new(),
            references: Vec::new(),
            patterns: Vec::new(),
        };
        tree.copy_all(draft, root)?;
        tree.operands = tree.links.iter().map(|child| tree.unwrapped(*child)).collect();
        let mut slots = HashMap::new();
        for id in 0..tree.nodes.len() {
            tree.link_left_operand(id as NodeId);
            tree.resolve(id as NodeId, source, &mut slots);
        }
        Ok(tree)
    }

    /// Copies what is reachable, parents first, with their children side by side.
    fn copy_all(&mut self, draft: &Draft, root: NodeId) -> Result<(), ParseError> {
        let mut hung = Vec::new();
        let mut waiting = vec![(root, None::<usize>, 0usize)];
        while let Some((old, link, depth)) = waiting.pop() {
            let node = draft.node(old);
            if depth > EXPRESSION_DEPTH_MAX {
                return Err(ParseProblem::TooDeep.at(node.span.start as usize));
            }
            let new = self.nodes.len() as NodeId;
            if let Some(link) = link {
                self.links[link] = new;
            }
            let first = self.links.len();
            self.links.resize(first + node.children.len(), 0);
            self.nodes.push(Node {
                kind: node.kind.clone(),
                span: node.span,
                first: first as u32,
                count: node.children.len() as u32,
                slot: 0,
                up: None,
            });
            let is_chain = matches!(node.kind, Kind::Binary(_));
            for (index, child) in node.children.iter().enumerate().rev() {
                // A run of left operands is walked in a loop, so it is not deep.
                let left = is_chain && index == 0;
                waiting.push((*child, Some(first + index), depth + usize::from(!left)));
            }
            if !node.modifiers.is_empty() {
                hung.push((new, node.modifiers.as_slice()));
            }
        }
        let mut copies = HashMap::new();
        for (node, modifiers) in hung {
            let modifiers = modifiers
                .iter()
                .map(|old| *copies.entry(*old).or_insert_with(|| self.copy_modifier(draft, *old)))
                .collect();
            self.modifiers.push((node, modifiers));
        }
        Ok(())
    }

    /// A modifier with its one argument, which holds one literal.
    fn copy_modifier(&mut self, draft: &Draft, old: NodeId) -> NodeId {
        let mut chain = vec![old];
        while let Some(child) = chain.last().and_then(|id| draft.node(*id).children.first()) {
            chain.push(*child);
        }
        let mut below = None;
        for id in chain.into_iter().rev() {
            let node = draft.node(id);
            let first = self.links.len() as u32;
            self.links.extend(below);
            self.nodes.push(Node {
                kind: node.kind.clone(),
                span: node.span,
                first,
                count: u32::from(below.is_some()),
                slot: 0,
                up: None,
            });
            below = Some((self.nodes.len() - 1) as NodeId);
        }
        below.unwrap_or(0)
    }

    fn link_left_operand(&mut self, id: NodeId) {
        if matches!(self.node(id).kind, Kind::Binary(_))
            && let Some(left) = self.child(id, 0)
            && matches!(self.node(left).kind, Kind::Binary(_))
        {
            self.nodes[left as usize].up = Some(id);
        }
    }

    fn resolve(&mut self, id: NodeId, source: &str, slots: &mut HashMap<String, usize>) {
        match self.node(id).kind {
            Kind::Item(kind) => {
                let item = self.read_item(id, kind, source);
                let name = item.as_ref().map_or("", |item| item.variable_name()).to_owned();
                let reference = self.reference(name, slots);
                self.nodes[id as usize].slot = self.items.len() as u32;
                self.items.push((item, reference));
            }
            Kind::Variable(_) => {
                let name = self.child(id, 0).map_or("", |name| self.text(name, source)).to_owned();
                self.nodes[id as usize].slot = self.reference(name, slots) as u32;
            }
            Kind::Function(Function::ValidatePattern) => {
                self.patterns.push((id, OnceLock::new()));
            }
            _ => {}
        }
    }

    fn reference(&mut self, name: String, slots: &mut HashMap<String, usize>) -> usize {
        *slots.entry(name).or_insert_with_key(|name| {
            self.references.push(name.clone());
            self.references.len() - 1
        })
    }

    fn read_item(&self, id: NodeId, kind: ItemKind, source: &str) -> Result<Item, ItemProblem> {
        let mut groups = Vec::new();
        for argument in self.children(id) {
            let mut group = WrittenGroup { tag: None, ids: Vec::new() };
            for part in self.children(*argument) {
                let written = self.node(*part).span.of(source);
                match self.node(*part).kind {
                    Kind::Identifier(Some(tag)) => group.tag = Some((tag, written)),
                    _ => group.ids.push(written),
                }
            }
            groups.push(group);
        }
        let mut modifiers = Modifiers::default();
        for modifier in self.modifiers_of(id) {
            if let Kind::Modifier(modifier) = &self.node(*modifier).kind {
                modifiers.apply(modifier);
            }
        }
        Item::new(kind, &groups, modifiers)
    }

    pub fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id as usize]
    }

    pub fn children(&self, id: NodeId) -> &[NodeId] {
        let node = self.node(id);
        &self.links[node.first as usize..(node.first + node.count) as usize]
    }

    fn unwrapped(&self, mut id: NodeId) -> NodeId {
        while matches!(self.node(id).kind, Kind::Parentheses | Kind::Argument)
            && let Some(inner) = self.child(id, 0)
        {
            id = inner;
        }
        id
    }

    /// A child as evaluation sees it: behind what only wraps it.
    #[inline]
    pub fn operand(&self, id: NodeId, index: usize) -> Option<NodeId> {
        let node = self.node(id);
        if index < node.count as usize {
            self.operands.get(node.first as usize + index).copied()
        } else {
            None
        }
    }

    pub fn child(&self, id: NodeId, index: usize) -> Option<NodeId> {
        self.children(id).get(index).copied()
    }

    /// Written and added modifiers of an item or variable, in the order they were attached.
    pub fn modifiers_of(&self, id: NodeId) -> &[NodeId] {
        let found = self.modifiers.binary_search_by_key(&id, |(node, _)| *node);
        found.map_or(&[], |at| &self.modifiers[at].1)
    }

    /// The text of a literal with its escapes decoded, or a name as written.
    pub fn text<'a>(&'a self, id: NodeId, source: &'a str) -> &'a str {
        match self.node(id).kind {
            Kind::Text(Some(decoded)) => &self.texts[decoded],
            _ => self.node(id).span.of(source),
        }
    }

    /// Whether `text` matches the pattern of a `d2:validatePattern`. A literal pattern is compiled
    /// once.
    pub fn matches_pattern(&self, id: NodeId, pattern: &str, text: &str) -> Result<bool, String> {
        let literal = self.child(id, 1).and_then(|argument| self.child(argument, 0));
        let is_literal = literal.is_some_and(|id| matches!(self.node(id).kind, Kind::Text(_)));
        let kept = self.patterns.binary_search_by_key(&id, |(node, _)| *node);
        match kept.ok().filter(|_| is_literal).map(|at| &self.patterns[at].1) {
            Some(kept) => {
                let compiled = kept.get_or_init(|| Pattern::compile(pattern)).as_ref();
                compiled.map_err(Clone::clone)?.matches(text)
            }
            None => Pattern::compile(pattern)?.matches(text),
        }
    }

    /// Every node below and including `root`, parents before their children, left to right.
    pub fn below(&self, root: NodeId) -> Vec<NodeId> {
        let mut found = Vec::new();
        let mut waiting = vec![root];
        while let Some(id) = waiting.pop() {
            found.push(id);
            waiting.extend(self.children(id).iter().rev());
        }
        found
    }
}
